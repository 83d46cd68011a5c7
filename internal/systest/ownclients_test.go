package systest

import (
	"os"
	"strings"
	"testing"
)

// Our SMTP client and our server, by each mechanism.
func TestOwnClient(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		starttls, smtps := s.smtpd()
		_, port := split(t, smtps)
		s.up()
		run := func(subject, password string) string {
			t.Helper()
			s.control("smtproutes", "far.example:"+starttls+" joe "+password+"\n")
			out := s.feed("Subject: "+subject+"\n\n.dots\n..\n", "qmail-remote", "far.example", "joe@test.example", "ann@test.example").succeeds()
			return strings.ReplaceAll(out, "\x00", "|")
		}
		s.control("timeoutremote", "20\n")
		for _, demand := range []string{"127.0.0.1:control/servercert.pem\n", "127.0.0.1:control/servercert.pem|0;s" + port + "|HIGH\n"} {
			s.control("tlsdestinations", demand)
			out := run("own "+demand, "secret")
			if !strings.HasPrefix(out, "r|K127.0.0.1 accepted message.\nRemote host said: 250 ok ") || !strings.Contains(out, "Protocol: TLSv1.3 with [127.0.0.1], verified.\n") {
				t.Errorf("%q: %q", demand, out)
				continue
			}
			s.receives("ann", "Subject: own "+strings.TrimSpace(demand), "\n.dots\n..\n")
		}
		if out := run("no", "wrong"); !strings.HasPrefix(out, "ZConnected to 127.0.0.1 but authentication was rejected.\nRemote host said: 535 ") {
			t.Errorf("%q", out)
		}
		// SCRAM comes before the others, and is the only way for who is in its
		// table alone.
		s.control("smtproutes", "far.example:"+starttls+" sue hidden\n")
		s.feed("sue:hidden\n", "qmail-scram", s.home+"/control/scram.cdb").succeeds()
		if s.cred == nil && s.rootHere() { // qmaild reads it
			s.must(os.Chmod(s.home+"/control/scram.cdb", 0o644))
		}
		out := s.feed("Subject: scram\n\nx\n", "qmail-remote", "far.example", "joe@test.example", "ann@test.example").succeeds()
		if !strings.HasPrefix(strings.ReplaceAll(out, "\x00", "|"), "r|K") {
			t.Errorf("SCRAM: %q", out)
		}
		s.receives("ann", "Subject: scram")
		// joe is not in that table, and gets in by PLAIN as before.
		if out := run("after scram", "secret"); !strings.HasPrefix(out, "r|K") {
			t.Errorf("%q", out)
		}
		s.down()
	})
}
