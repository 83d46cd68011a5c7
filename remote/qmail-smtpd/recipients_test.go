package main

import (
	"net"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/rcptcheck"
)

// listen stands in for qmail-rcptd: it knows that there is no nobody.
func listen(t *testing.T, home string) {
	t.Helper()
	clitest.Files(t, home, map[string]string{"run/": ""})
	clitest.Serve(t, "unix", rcptcheck.Path(home), func(conn net.Conn) {
		recipient, _ := rcptcheck.ReadQuestion(conn)
		verdict := rcptcheck.Unknown
		switch {
		case strings.HasPrefix(recipient, "nobody@"):
			verdict = rcptcheck.No
		case strings.HasPrefix(recipient, "u@"):
			verdict = rcptcheck.Yes
		}
		conn.Write([]byte{byte(verdict)})
	})
}

func TestRecipients(t *testing.T) {
	const input = "MAIL FROM:<a@b.example>\r\nRCPT TO:<nobody@here.example>\r\nRCPT TO:<u@here.example>\r\n" +
		"RCPT TO:<x@here.example>\r\nRCPT TO:<nobody@elsewhere.example>\r\nQUIT\r\n"
	const ok, no, notHere = "250", "550 sorry, no mailbox here by that name (#5.1.1)", "553"
	for _, c := range []struct {
		what   string
		socket bool
		files  map[string]string
		env    string
		want   []string
	}{
		{"no socket", false, nil, "", []string{ok, ok, ok, notHere}},
		{"socket", true, nil, "", []string{no, ok, ok, notHere}},
		{"relay", true, nil, "RELAYCLIENT=", []string{no, ok, ok, no}},
		{"a suffix", true, nil, "RELAYCLIENT=@hub.example", []string{ok, ok, ok, ok}},
		{"a list", true, map[string]string{"control/validrcptto": "nobody@here.example\n"}, "", []string{ok, "553", "553", notHere}},
	} {
		dir := home(t, c.files)
		if c.socket {
			listen(t, dir)
		}
		q := clitest.NewQueue(t, 0)
		got := clitest.Run(t, "qmail-smtpd", Run, clitest.World{Home: dir, Env: []string{q.Env(), c.env}, Input: input})
		lines := strings.Split(got.Stdout, "\r\n")
		if len(lines) < 6 {
			t.Fatalf("%s: %+v", c.what, got)
		}
		for i, want := range c.want {
			if !strings.HasPrefix(lines[2+i], want) {
				t.Errorf("%s: recipient %d is answered %q, not %q", c.what, i, lines[2+i], want)
			}
		}
	}
}
