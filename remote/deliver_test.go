package remote

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/smtpwire"
)

// deliver sends mail for two recipients to a peer that plays script.
func deliver(t *testing.T, job Job, script ...string) (string, []string) {
	t.Helper()
	p := newPeer(t, script...)
	e := engine(t, nil, net1{"10.0.0.1:25": p}, ":10.0.0.1")
	if job.Message == nil {
		job.Message = strings.NewReader("Subject: x\n\nhi\n")
	}
	job.Host = "d.example"
	return text(e.Deliver(job)), p.heard()
}

func TestDialogue(t *testing.T) {
	const ip = "10.0.0.1"
	const yes = "250 yes"
	hello := []string{"220 x", yes}
	ready := append(hello, yes, yes, yes, "354 go", "message")
	for what, c := range map[string]struct {
		script []string
		want   string
		last   string // that the peer heard
	}{
		"accepted":           {append(ready, "250 queued"), "r|r|K" + ip + " accepted message.\nRemote host said: 250 queued\n|", "QUIT\r\n"},
		"many lines":         {append(ready, "250-a|250 b"), "r|r|K" + ip + " accepted message.\nRemote host said: 250-a\n250 b\n|", "QUIT\r\n"},
		"busy":               {[]string{"421 no"}, "ZConnected to " + ip + " but greeting failed.\nRemote host said: 421 no\n|", "QUIT\r\n"},
		"greeting 2xx":       {[]string{"250 odd"}, "ZConnected to " + ip + " but greeting failed.\nRemote host said: 250 odd\n|", "QUIT\r\n"},
		"no greeting":        {[]string{"close"}, "ZConnected to " + ip + " but connection died. (#4.4.2)\n|", ""},
		"EHLO and HELO":      {[]string{"220 x", "502 what", "550 no"}, "ZConnected to " + ip + " but my name was rejected.\nRemote host said: 550 no\n|", "QUIT\r\n"},
		"hung up on EHLO":    {[]string{"220 x", "421 bye"}, "ZConnected to " + ip + " but my name was rejected.\nRemote host said: 421 bye\n|", "QUIT\r\n"},
		"HELO":               {[]string{"220 x", "500 what", yes, "550 no"}, "DConnected to " + ip + " but sender was rejected.\nRemote host said: 550 no\n|", "QUIT\r\n"},
		"sender later":       {append(hello, "450 no"), "ZConnected to " + ip + " but sender was rejected.\nRemote host said: 450 no\n|", "QUIT\r\n"},
		"sender 354":         {append(hello, "354-no|354 no", "close"), "ZConnected to " + ip + " but sender was rejected.\nRemote host said: 354-no\n354 no\n|", ""},
		"sender 150":         {append(hello, "150 eh"), "ZConnected to " + ip + " but sender was rejected.\nRemote host said: 150 eh\n|", "QUIT\r\n"},
		"sender nonsense":    {append(hello, "what?"), "ZConnected to " + ip + " but sender was rejected.\nRemote host said: what?\n|", "QUIT\r\n"},
		"sender, NUL":        {append(hello, "550 \x00"), "DConnected to " + ip + " but sender was rejected.\nRemote host said: 550 ?\n|", "QUIT\r\n"},
		"one recipient":      {append(hello, yes, "550 no", yes, "354 go", "message", "250 ok"), "h" + ip + " does not like recipient.\nRemote host said: 550 no\n|r|K" + ip + " accepted message.\nRemote host said: 250 ok\n|", "QUIT\r\n"},
		"no recipient":       {append(hello, yes, "450 no", "199 no"), "s" + ip + " does not like recipient.\nRemote host said: 450 no\n|s" + ip + " does not like recipient.\nRemote host said: 199 no\n|DGiving up on " + ip + ".\n|", "QUIT\r\n"},
		"dies at recipient":  {append(hello, yes, yes, "close"), "r|ZConnected to " + ip + " but connection died. (#4.4.2)\n|", "RCPT TO:<v@d.example>\r\n"},
		"DATA never":         {append(hello, yes, yes, yes, "554 no"), "r|r|D" + ip + " failed on DATA command.\nRemote host said: 554 no\n|", "QUIT\r\n"},
		"DATA later":         {append(hello, yes, yes, yes, "451 no"), "r|r|Z" + ip + " failed on DATA command.\nRemote host said: 451 no\n|", "QUIT\r\n"},
		"message never":      {append(ready, "554 spam"), "r|r|D" + ip + " failed after I sent the message.\nRemote host said: 554 spam\n|", "QUIT\r\n"},
		"message later":      {append(ready, "452 full"), "r|r|Z" + ip + " failed after I sent the message.\nRemote host said: 452 full\n|", "QUIT\r\n"},
		"message 354":        {append(ready, "354-eh|354 eh", "close"), "r|r|Z" + ip + " failed after I sent the message.\nRemote host said: 354-eh\n354 eh\n|", ""},
		"possible duplicate": {append(ready, "close"), "r|r|ZConnected to " + ip + " but connection died. Possible duplicate! (#4.4.2)\n|", "Subject: x\r\n\r\nhi\r\n"},
	} {
		got, heard := deliver(t, Job{Sender: "s@b.example", Recipients: []string{"u@d.example", "v@d.example"}}, c.script...)
		if got != c.want {
			t.Errorf("%s: %q, want %q", what, got, c.want)
		}
		if last := strings.Join(heard, ""); !strings.HasSuffix(last, c.last) {
			t.Errorf("%s: heard %q", what, heard)
		}
	}
}

func TestWhatIsSent(t *testing.T) {
	ready := []string{"220 x", "500 what", "250 x", "250 x", "250 x", "354 go", "message", "250 ok"}
	for _, c := range []struct{ sender, recipient, message, want string }{
		{"", "u@d.example", "hi\n", "MAIL FROM:<>\r\n RCPT TO:<u@d.example>\r\n hi\r\n"},
		{".a@b", "a b@D.Example", ".\n", "MAIL FROM:<\".a\"@b>\r\n RCPT TO:<\"a b\"@D.Example>\r\n ..\r\n"},
		{"nohost", "a@b@c d", "x", "MAIL FROM:<nohost>\r\n RCPT TO:<\"a@b\"@c d>\r\n x\r\n"},
		{"@b", `a"\b@c`, "", "MAIL FROM:<\"\"@b>\r\n RCPT TO:<\"a\\\"\\\\b\"@c>\r\n "},
		{"s@b", "u@d", "a\r.\r\nMAIL FROM:<evil>\n.\r.", "MAIL FROM:<s@b>\r\n RCPT TO:<u@d>\r\n a\r\n..\r\nMAIL FROM:<evil>\r\n..\r\n..\r\n"},
	} {
		got, heard := deliver(t, Job{Sender: c.sender, Recipients: []string{c.recipient}, Message: strings.NewReader(c.message)}, ready...)
		want := []string{"EHLO me.example\r\n", "HELO me.example\r\n"}
		parts := strings.SplitN(c.want, "\r\n ", 3)
		want = append(want, parts[0]+"\r\n", parts[1]+"\r\n", "DATA", parts[2], "QUIT\r\n")
		// The script answers RCPT and goes on without waiting for DATA's line.
		if text := strings.Replace(strings.Join(heard, ""), "DATA\r\n", "DATA", 1); text != strings.Join(want, "") {
			t.Errorf("%q: %q, want %q", c, heard, want)
		}
		if !strings.HasPrefix(got, "r|K") {
			t.Errorf("%q: %q", c, got)
		}
	}
}

// A line break in an address would be a command of its own.
func TestAddressesWithLineBreaks(t *testing.T) {
	got, heard := deliver(t, Job{Sender: "s@b", Recipients: []string{"u@d>\r\nRSET", "a\nb@d", "ok@d", "c\rd@d"}},
		"220 x", "250 x", "250 x", "250 x", "354 go", "message", "250 ok")
	bad := "hSorry, the address has a line break in it. (#5.1.3)\n|"
	if want := bad + bad + "r|" + bad + "K10.0.0.1 accepted message.\nRemote host said: 250 ok\n|"; got != want {
		t.Errorf("%q", got)
	}
	if strings.Contains(strings.Join(heard, ""), "RSET") {
		t.Errorf("%q", heard)
	}
	e := engine(t, nil, nil, ":10.0.0.1")
	if got := text(e.Deliver(Job{Host: "d", Sender: "s@b\r\nRSET", Recipients: []string{"u@d"}})); got != "DSorry, the sender's address has a line break in it. (#5.1.7)\n|" {
		t.Errorf("%q", got)
	}
}

func TestMessageThatCannotBeRead(t *testing.T) {
	got, heard := deliver(t, Job{Recipients: []string{"u@d"}, Message: iotest.ErrReader(errors.New("broken"))},
		"220 x", "250 x", "250 x", "250 x", "354 go", "message")
	if got != "r|ZUnable to read message. (#4.3.0)\n|" {
		t.Errorf("%q", got)
	}
	if s := strings.Join(heard, ""); strings.Contains(s, "QUIT") || strings.Contains(s, ".\r\n") {
		t.Errorf("%q", heard)
	}
}

func TestSilence(t *testing.T) {
	p := newPeer(t, "220-wait")
	e := engine(t, nil, net1{"10.0.0.1:25": p}, ":10.0.0.1")
	e.Timeout = 20 * time.Millisecond
	if got := text(e.Deliver(Job{Host: "d", Recipients: []string{"u@d"}})); got != "ZConnected to 10.0.0.1 but connection died. (#4.4.2)\n|" {
		t.Errorf("%q", got)
	}
}

func TestExtensions(t *testing.T) {
	p := newPeer(t, "220 x", "250-x|250-SIZE 99|250 starttls", "250 x")
	e := engine(t, nil, net1{"10.0.0.1:25": p}, ":10.0.0.1")
	c, report := e.Connect("", "d")
	if c == nil {
		t.Fatal(report)
	}
	defer c.Close()
	if report, ok := c.Hello(); !ok {
		t.Fatal(report)
	}
	if want := (smtpwire.Extensions{"SIZE": "99", "STARTTLS": ""}); fmt.Sprint(c.extensions) != fmt.Sprint(want) {
		t.Error(c.extensions)
	}
}

// A long reply is cut, and the next is still found.
// A message arrives whole, whatever its length, and whether it was looked at
// before or not.
func TestLength(t *testing.T) {
	for _, hello := range []string{"250 ok", "250-x|250 SIZE", "250-x|250-SIZE|250 PIPELINING"} {
		for _, size := range []int{0, firstLook - 1, firstLook, firstLook + 1, 3*firstLook + 7} {
			message := strings.Repeat(".x\r\n", size/4) + strings.Repeat("y", size%4)
			want := strings.ReplaceAll(message, ".x", "..x")
			if size%4 > 0 {
				want += "\r\n"
			}
			dir := t.TempDir()
			clitest.Files(t, dir, map[string]string{"m": message})
			_, lines := deliver(t, Job{Sender: "s@b", Recipients: []string{"u@d"}, Message: clitest.Open(t, filepath.Join(dir, "m"))},
				"220 x", hello, "250 ok", "250 ok", "354 go", "message", "250 ok")
			if !slices.Contains(lines, want) {
				t.Errorf("%s, %d bytes: %d lines, the last but one of %d bytes", hello, size, len(lines), len(lines[max(0, len(lines)-2)]))
			}
		}
	}
}

func TestLongReply(t *testing.T) {
	long := strings.Repeat("x", 6000)
	got, _ := deliver(t, Job{Recipients: []string{"u@d"}}, "220 x", "250 x", "250 x", "550 "+long)
	want := "h10.0.0.1 does not like recipient.\nRemote host said: 550 " + long[:smtpwire.MaxText-4] + "|DGiving up on 10.0.0.1.\n|"
	if got != want {
		t.Errorf("%d bytes, want %d", len(got), len(want))
	}
}
