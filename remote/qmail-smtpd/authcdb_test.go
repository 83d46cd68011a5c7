package main

import (
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/cdb"
)

// The table that AUTH_CDB names lets users in, and what it and AUTH_SET_ say of
// them holds from then on.
func TestAuthCDB(t *testing.T) {
	const hash = "$6$saltstring$svn8UoSVapNtMuq1ukKS4tPQd8iKwSMHWjl/O817G3uBnIFNjnQJuesI68u4OTLiBFdcbYEdFCoEOfaS35inz1"
	path := filepath.Join(t.TempDir(), "auth.cdb")
	w, err := cdb.Create(path, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	for user, data := range map[string]string{
		"joe": hash, "ann": hash + `,MAXRCPT="1",NOTE="a b"`, "old": hash + `,PASSWORD_EXPIRES="1000000000"`, "odd": hash + `,PASSWORD_EXPIRES="x"`, "none": "",
		"des": "rl.3StKT.4T8M",
	} {
		w.Add([]byte(user), []byte(data))
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := w.Rename(path); err != nil {
		t.Fatal(err)
	}
	s := serve(t, []string{"AUTH_CDB=" + path, "ALLOW_INSECURE_AUTH=1", "ALLOW_CRAM=1", "AUTH_SET_DATABYTES=5", "AUTH_UNSET_QUIET=", "QUIET=1"})
	login := func(user, password string) string { return "AUTH PLAIN " + encode("\x00"+user+"\x00"+password) }
	for _, c := range []struct{ user, password string }{
		{"joe", "x"}, {"nobody", "Hello world!"}, {"old", "Hello world!"}, {"odd", "Hello world!"}, {"none", ""},
	} {
		client := s.dial(t)
		client.want("", "220", "MAIL FROM:<a@b.example> SIZE=9", "250", "RSET", "250", "EHLO x", "250")
		if got := client.say(login(c.user, c.password)); !strings.HasPrefix(got, "535 ") && !(c.password == "" && strings.HasPrefix(got, "501 ")) {
			t.Errorf("%+v: %q", c, got)
		}
		client.want("QUIT", "221") // the server takes one client after the other
	}
	client := s.dial(t)
	client.want("", "220", login("des", "rasmuslerdorf"), "454", "QUIT", "221")
	if told := s.got(t, "stderr"); !strings.Contains(told, "unable to check a password: "+path+": des: password hash by DES, which is not supported\n") {
		t.Errorf("%q", told)
	}
	client = s.dial(t)
	client.want("", "220")
	if got := client.say("EHLO x"); !strings.Contains(got, "250-AUTH LOGIN PLAIN\r\n") {
		t.Errorf("%q", got)
	}
	client.want(login("ann", "Hello world!"), "235", "MAIL FROM:<a@b.example> SIZE=9", "552", "MAIL FROM:<a@b.example>", "250",
		"RCPT TO:<u@far.example>", "250", "RCPT TO:<v@far.example>", "452", "DATA", "354", "h\r\n.", "250", "QUIT", "221")
	environ := "\n" + s.got(t, "environ")
	for _, line := range []string{"SMTPAUTHUSER=ann", "DATABYTES=5", "NOTE=a b", "MAXRCPT=1", "RELAYCLIENT="} {
		if !strings.Contains(environ, "\n"+line+"\n") {
			t.Errorf("no %s in %s", line, environ)
		}
	}
	for _, name := range []string{"AUTH_SET_", "AUTH_UNSET_", "QUIET="} {
		if strings.Contains(environ, "\n"+name) {
			t.Errorf("%s is in %s", name, environ)
		}
	}
}
