package systest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/cdb"
)

// annsPassword gives the home a certificate, and checkpassword a table of one
// user: ann, whose password is secret.
func (s *system) annsPassword() {
	s.t.Helper()
	cert, key := certificate(s.t)
	s.control("servercert.pem", cert+key)
	path := filepath.Join(s.home, "users/passwd.cdb")
	w, err := cdb.Create(path+".tmp", 0o600)
	s.must(err)
	s.must(w.Add([]byte("ann"), fmt.Appendf(nil, "{PLAIN}secret:%d:%d::%s:/bin/sh", s.person.uid, s.person.gid, s.dir("ann"))))
	s.must(w.Finish(), w.Rename(path))
	if s.cred != nil {
		s.must(os.Chown(path, s.person.uid, s.person.gid))
	}
}

// popd starts our POP3 server, once with STLS and once with TLS from the first
// byte.
func (s *system) popd() (stls, pop3s string) {
	s.t.Helper()
	s.annsPassword()
	args := []string{"pop.example", s.home + "/bin/checkpassword", s.home + "/bin/qmail-pop3d", "Maildir"}
	return s.serve("127.0.0.1:0", "", nil, "qmail-popup", args...),
		s.serve("127.0.0.1:0", "", []string{"POP3S=1"}, "qmail-popup", args...)
}

// Other hands' POP3 clients: every way in, and what they do there.
func TestPOPClients(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		stls, pop3s := s.popd()
		for name, text := range map[string]string{"1.a": "Subject: one\n\n.dot\nline\n", "2.b": "Subject: two\n\nx\n"} {
			path := filepath.Join(s.dir("ann"), "Maildir/new", name)
			s.must(os.WriteFile(path, []byte(text), 0o600), os.Chown(path, s.person.uid, s.person.gid))
		}
		t.Run("curl", func(t *testing.T) {
			foreign(t, "curl")
			curl := func(want string, code int, args ...string) {
				t.Helper()
				n, out := s.says("", "curl", append([]string{"-sS", "-k"}, args...)...)
				if got := strings.ReplaceAll(out, "\r", ""); n != code || !strings.Contains(got, want) {
					t.Errorf("%q: %d %q, want %q", args, n, got, want)
				}
			}
			for _, way := range [][]string{{"pop3://" + stls}, {"pop3://" + stls, "--ssl-reqd"}, {"pop3s://" + pop3s}} {
				login := append([]string{"-u", "ann:secret"}, way[1:]...)
				curl("1 24\n2 16\n", 0, append(login, way[0]+"/")...)
				curl("Subject: one\n\n.dot\nline\n", 0, append(login, way[0]+"/1")...)
				curl("1 1.a\n2 2.b\n", 0, append(login, "-X", "UIDL", way[0]+"/")...)
				curl("Subject: one\n\n.dot\n", 0, append(login, "-X", "TOP 1 1", way[0]+"/")...)
				curl("", 67, append([]string{"-u", "ann:wrong"}, append(way[1:], way[0]+"/")...)...)
				apop := append(login, "--login-options", "AUTH=+APOP")
				curl("Subject: two\n\nx\n", 0, append(apop, way[0]+"/2")...)
				curl("", 67, append([]string{"-u", "ann:wrong", "--login-options", "AUTH=+APOP"}, append(way[1:], way[0]+"/")...)...)
			}
		})
		t.Run("mpop", func(t *testing.T) {
			foreign(t, "mpop")
			for _, way := range []string{"--auth=apop --tls=off", "--auth=user --tls=on --tls-starttls=on --tls-certcheck=off"} {
				host, port := split(t, stls)
				into := filepath.Join(t.TempDir(), "box")
				for _, sub := range []string{"", "/tmp", "/new", "/cur"} {
					s.must(os.Mkdir(into+sub, 0o700))
				}
				args := append(strings.Fields(way), "--host="+host, "--port="+port, "--user=ann", "--passwordeval=echo secret", "--keep=on",
					"--uidls-file="+into+"/uidls", "--received-header=off", "--delivery=maildir,"+into)
				if code, out := s.says("", "mpop", args...); code != 0 || len(texts(t, into+"/new/*")) != 2 {
					t.Errorf("%s: %d\n%s", way, code, out)
				}
			}
		})
	})
}
