package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/dnstest"
)

// sink takes one message and returns what it was sent.
func sink(t *testing.T) (port int, got <-chan string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	all := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		l.Close()
		if err != nil {
			return
		}
		defer c.Close()
		var b strings.Builder
		in := bufio.NewScanner(io.TeeReader(c, &b))
		io.WriteString(c, "220 x\r\n")
		for data := false; in.Scan(); {
			switch {
			case in.Text() == "DATA":
				data = true
				io.WriteString(c, "354 go\r\n")
			case !data || in.Text() == ".":
				data = false
				io.WriteString(c, "250 ok\r\n")
			}
		}
		all <- b.String()
	}()
	return l.Addr().(*net.TCPAddr).Port, all
}

func TestDelivery(t *testing.T) {
	port, got := sink(t)
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "me.example\n", "control/smtproutes": fmt.Sprintf("d.example:127.0.0.1:%d\n", port)})
	r := clitest.Run(t, "qmail-remote", Run, clitest.World{
		Home: home, Args: []string{"d.example", "s@b.example", "u@d.example"}, Input: "Subject: x\n\n.hi",
	})
	if want := "r\x00K127.0.0.1 accepted message.\nRemote host said: 250 ok\n\x00"; r.Code != 0 || r.Stdout != want || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
	want := "EHLO me.example\r\nMAIL FROM:<s@b.example>\r\nRCPT TO:<u@d.example>\r\nDATA\r\nSubject: x\r\n\r\n..hi\r\n.\r\nQUIT\r\n"
	if s := <-got; s != want {
		t.Errorf("%q", s)
	}
}

func TestTrouble(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "me.example\n", "control/smtproutes": ":127.0.0.1:x\n"})
	bare := t.TempDir()
	for _, c := range []struct {
		home string
		args []string
		want string
	}{
		{home, nil, "DI (qmail-remote) was invoked improperly. (#5.3.5)\n\x00"},
		{home, []string{"a", "b"}, "DI (qmail-remote) was invoked improperly. (#5.3.5)\n\x00"},
		{bare, []string{"a", "b", "c"}, "ZUnable to read control files. (#4.3.0)\n\x00"},
		{bare + "/none", []string{"a", "b", "c"}, "ZUnable to switch to home directory. (#4.3.0)\n\x00"},
		{home, []string{"a\t", "b", "c"}, "ZUnable to use control/smtproutes:1: no valid port. (#4.3.5)\n\x00"},
	} {
		r := clitest.Run(t, "qmail-remote", Run, clitest.World{Home: c.home, Args: c.args})
		if r.Code != 0 || r.Stdout != c.want || r.Stderr != "" {
			t.Errorf("%q: %+v", c.args, r)
		}
	}
}

// Names are looked up at the servers that the environment names.
func TestNameServer(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "me.example\n"})
	server := dnstest.Server(t, dnstest.Zone{"null.example MX": "0 ", "me.example A": "0.0.0.0", "soft.example MX": "SERVFAIL"})
	for host, want := range map[string]string{
		"none.example": "DSorry, I couldn't find any host named none.example. (#5.1.2)\n\x00",
		"null.example": "DSorry, that host says that it accepts no mail. (#5.1.10)\n\x00",
		"soft.example": "ZSorry, I couldn't find any host by that name. (#4.1.2)\n\x00",
		"me.example": "DSorry. Although I'm listed as a best-preference MX or A for that host,\n" +
			"it isn't in my control/locals file, so I don't treat it as local. (#5.4.6)\n\x00",
	} {
		r := clitest.Run(t, "qmail-remote", Run, clitest.World{
			Home: home, Args: []string{host, "s", "u@d.example"}, Env: []string{"DNSCACHEIP=" + server, "RES_OPTIONS=attempts:1"},
		})
		if r.Stdout != want {
			t.Errorf("%s: %+v", host, r)
		}
	}
}
