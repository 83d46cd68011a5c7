package systest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// knowsJoe is a checkpassword program with one user, joe, whose password is
// secret, and who knows the answer to CRAM-MD5's challenges.
const knowsJoe = `#!/bin/sh
tr '\000' '\n' <&3 | {
  read -r user; read -r proof; read -r challenge
  want=secret
  if [ -n "$challenge" ]; then want=$(printf %s "$challenge" | openssl dgst -md5 -hmac secret | sed 's/.* //'); fi
  [ "$user/$proof" = "joe/$want" ]
} || exit 1
exec "$@"
`

// smtpd starts our SMTP server, once with STARTTLS and once with TLS from the
// first byte, which know joe and relay for him.
func (s *system) smtpd() (starttls, smtps string) {
	s.t.Helper()
	foreign(s.t, "openssl")
	cert, key := certificate(s.t)
	s.control("servercert.pem", cert+key)
	checker := filepath.Join(s.peers, "knowsjoe")
	s.must(os.WriteFile(checker, []byte(knowsJoe), 0o755), os.Chmod(checker, 0o755))
	env := []string{"SMTPAUTH=+cram"}
	return s.serve("127.0.0.1:0", "qmaild", env, "qmail-smtpd", checker, "true"),
		s.serve("127.0.0.1:0", "qmaild", append(env, "SMTPS=1"), "qmail-smtpd", checker, "true")
}

// Other hands' clients with our SMTP server: in clear, by STARTTLS and TLS
// from the first byte, by each mechanism that they know.
func TestSMTPClients(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		starttls, smtps := s.smtpd()
		s.dotQmail("ann", "bulk", "./Maildir/\n")
		s.up()
		t.Run("swaks", func(t *testing.T) { s.swaks(t, starttls, smtps) })
		t.Run("curl", func(t *testing.T) { s.curl(t, starttls, smtps) })
		t.Run("openssl", func(t *testing.T) { s.openssl(t, starttls, smtps) })
		t.Run("smtp-source", func(t *testing.T) {
			foreign(t, "smtp-source")
			code, out := s.says("", "smtp-source", "-s", "4", "-m", "20", "-l", "3000", "-f", "x@y.example", "-t", "ann-bulk@test.example", starttls)
			if code != 0 {
				t.Fatalf("%d %s", code, out)
			}
			s.await("20 messages", func() bool {
				n := 0
				for _, text := range s.box("ann") {
					if strings.Contains(text, "Delivered-To: ann-bulk@test.example\n") {
						n++
					}
				}
				return n == 20
			})
		})
		s.down()
	})
}

func (s *system) swaks(t *testing.T, starttls, smtps string) {
	foreign(t, "swaks")
	run := func(subject, server, to string, args ...string) (int, string) {
		_, port := split(t, server)
		return s.says("", "swaks", append([]string{"--server", "127.0.0.1", "--port", port, "--from", "joe@test.example", "--to", to,
			"--header", "Subject: " + subject, "--helo", "swaks.example"}, args...)...)
	}
	for _, way := range [][]string{{"clear"}, {"tls", "--tls"}, {"smtps", "--tls-on-connect"}} {
		server := starttls
		if way[0] == "smtps" {
			server = smtps
		}
		code, out := run("swaks "+way[0], server, "ann@test.example", way[1:]...)
		if strings.Contains(out, "requires ") {
			t.Skipf("swaks lacks something: %s", out)
		}
		if code != 0 {
			t.Fatalf("%s: %d\n%s", way[0], code, out)
		}
		s.receives("ann", "Subject: swaks "+way[0])
		if way[0] == "clear" {
			continue
		}
		for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
			auth := append([]string{"--auth", mechanism, "--auth-user", "joe"}, way[1:]...)
			if code, out := run("no", server, "ann@test.example", append(auth, "--auth-password", "wrong")...); code == 0 || !strings.Contains(out, "535 ") {
				t.Errorf("%s by %s, wrong: %d\n%s", mechanism, way[0], code, out)
			}
			code, out := run(mechanism+" by "+way[0], server, "ann@test.example", append(auth, "--auth-password", "secret")...)
			if code != 0 || !strings.Contains(out, "235 ") {
				t.Errorf("%s by %s: %d\n%s", mechanism, way[0], code, out)
				continue
			}
			if got := s.receives("ann", "Subject: "+mechanism+" by "+way[0]); !strings.Contains(got, " with ESMTPSA") && !strings.Contains(got, "TLSv1") {
				t.Errorf("the Received field does not tell:\n%s", got)
			}
		}
	}
	if code, out := run("no", starttls, "u@elsewhere.example", "--tls"); code == 0 || !strings.Contains(out, "553 ") {
		t.Errorf("relayed for nobody: %d\n%s", code, out)
	}
	if code, out := run("no", starttls, "ann@test.example", "--auth", "PLAIN", "--auth-user", "joe", "--auth-password", "secret"); code == 0 {
		t.Errorf("the password is taken in clear: %s", out)
	}
}

func (s *system) curl(t *testing.T, starttls, smtps string) {
	foreign(t, "curl")
	message := filepath.Join(s.peers, "curl.eml")
	send := func(subject, url, login, mechanism, to string) (int, string) {
		s.must(os.WriteFile(message, []byte("From: joe@test.example\r\nSubject: "+subject+"\r\n\r\n.dot\r\n"), 0o644))
		return s.says("", "curl", "-sS", "-k", "--ssl-reqd", url, "--mail-from", "joe@test.example", "--mail-rcpt", to, "-T", message,
			"--user", login, "--login-options", "AUTH="+mechanism)
	}
	for _, url := range []string{"smtp://" + starttls, "smtps://" + smtps} {
		for _, mechanism := range []string{"PLAIN", "LOGIN", "CRAM-MD5"} {
			subject := "curl " + mechanism + " " + url[:5]
			if code, out := send(subject, url, "joe:secret", mechanism, "ann@test.example"); code != 0 {
				t.Errorf("%s: %d %s", subject, code, out)
				continue
			}
			s.receives("ann", "Subject: "+subject, "\n.dot\n")
			if code, out := send("no", url, "joe:wrong", mechanism, "ann@test.example"); code != 67 {
				t.Errorf("%s, wrong: %d %s", subject, code, out)
			}
		}
	}
}

func (s *system) openssl(t *testing.T, starttls, smtps string) {
	dialogue := "EHLO me.example\r\nMAIL FROM:<x@y.example>\r\nRCPT TO:<ann@test.example>\r\nDATA\r\nSubject: SUBJECT\r\n\r\nhi\r\n.\r\nQUIT\r\n"
	for name, args := range map[string][]string{"one": {"-connect", starttls, "-starttls", "smtp", "-tls1_3"}, "two": {"-connect", smtps, "-tls1_2"}} {
		input := strings.Replace(dialogue, "SUBJECT", "openssl "+name, 1)
		code, out := s.says(input, "openssl", append([]string{"s_client", "-quiet", "-ign_eof", "-CAfile", s.home + "/control/servercert.pem", "-verify_return_error"}, args...)...)
		if code != 0 || !strings.Contains(out, "250 ok ") {
			t.Errorf("%s: %d\n%s", name, code, out)
			continue
		}
		s.receives("ann", "Subject: openssl "+name)
	}
}
