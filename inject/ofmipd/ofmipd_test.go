package main

import (
	"strings"
	"testing"
	"time"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
)

const (
	trace  = "Received: (ofmipd joe?@192.0.2.9); 2 Nov 2026 03:04:05 -0000\n"
	stamps = "Date: 2 Nov 2026 03:04:05 -0000\nMessage-ID: <20261102030405.1."
)

// newHome makes a home and a table of senders in it.
func newHome(t testing.TB) string {
	t.Helper()
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "mx.example\n", "control/defaultdomain": "dd.example\n", "control/plusdomain": "pd.example\n"})
	table, err := cdb.Create(home+"/names", 0o644)
	for key, data := range map[string]string{"joe@mx.example": "Joe B\x00joe@out.example", "ann@mx.example": "\x00ann@out.example", "bad@mx.example": "x"} {
		if err == nil {
			err = table.Add([]byte(key), []byte(data))
		}
	}
	if err == nil {
		err = table.Finish()
	}
	if err != nil {
		t.Fatal(err)
	}
	return home
}

type answer struct{ replies, message, envelope string }

// send says one message to the daemon.
func send(t *testing.T, home, mail, rcpt, message string, code int) answer {
	t.Helper()
	q := clitest.NewQueue(t, code)
	input := "EHLO c\r\nRSET\r\nMAIL FROM:" + mail + "\r\n"
	for _, r := range strings.Split(rcpt, "|") {
		input += "RCPT TO:" + r + "\r\n"
	}
	input += "DATA\r\n" + strings.ReplaceAll(message, "\n", "\r\n") + ".\r\nQUIT\r\n"
	r := clitest.Run(t, "ofmipd", Run, clitest.World{
		Home: home, Args: []string{home + "/names"}, Input: input, Now: time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC),
		Env: []string{q.Env(), "TCPREMOTEIP=192.0.2.9", "TCPREMOTEINFO=joe)"},
	})
	if r.Code != 0 || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
	_, replies, _ := strings.Cut(r.Stdout, "250 flushed\r\n")
	message, envelope := q.Message(t), q.Envelope(t)
	return answer{replies, message, strings.ReplaceAll(envelope, "\x00", " ")}
}

func TestMessages(t *testing.T) {
	home := newHome(t)
	for _, c := range []struct{ what, mail, rcpt, in, header, envelope string }{
		{"bare", "<who>", "<a@b.c>", "\nhi\n", "From: who@mx.example\nCc: recipient list not shown: ;\n\nhi\n", "Fwho@mx.example Ta@b.c  "},
		{"completed", "<who>", "<a>|<b@h>|<c@h+>|<\"d d\"@x.y>", "X: 1\nTo: a, b@h\nBcc: z\nFrom: me\nDate: 1 Jan 26 0:1 EST (x)\nEnvelope-Sender: s\n\nhi\n..dot\n",
			"From: me@mx.example\nTo: a@mx.example, b@h.dd.example\nX: 1\nEnvelope-Sender: s\n\nhi\n.dot\n",
			"Fwho@mx.example Ta@mx.example Tb@h.dd.example Tc@h.pd.example Td d@x.y  "},
		{"replaced", "<joe>", "<a@b.c>", "To: a@b.c\nFrom: Joe <joe@home>\n\n", "From: \"Joe B\" <joe@out.example>\nTo: a@b.c\n\n", "Fjoe@out.example Ta@b.c  "},
		{"replaced without a name", "<ann@mx.example>", "<a@b.c>", "To: a@b.c\n\n", "From: ann@out.example\nTo: a@b.c\n\n", "Fann@out.example Ta@b.c  "},
		{"empty sender", "<>", "<a@b.c>", "To: a@b.c\n\n", "From: <>\nTo: a@b.c\n\n", "F Ta@b.c  "},
		{"unreadable", "<who>", "<a@b.c>", "To: a@b.c, (\nFrom: >x\n\n", "From: <>, x@mx.example\nTo: a@b.c\n\n", "Fwho@mx.example Ta@b.c  "},
	} {
		got := send(t, home, c.mail, c.rcpt, c.in, 0)
		dated := stamps
		if strings.Contains(c.in, "Date:") {
			dated = "Date: 1 Jan 2026 00:01:00 -0500\nMessage-ID: <20260101000100.1."
		}
		header, ok := strings.CutPrefix(got.message, trace+dated)
		_, header, _ = strings.Cut(header, ".qmail@mx.example>\n")
		if !ok || header != c.header || got.envelope != c.envelope || !strings.Contains(got.replies, "\r\n250 ok 1793588645 qp ") {
			t.Errorf("%s: %q\n%q\n%q", c.what, got.replies, got.message, got.envelope)
		}
	}
}

// A message that brings its Message-ID does not count.
func TestMessageIDs(t *testing.T) {
	got := send(t, newHome(t), "<who>", "<a@b.c>", "Message-ID: y\n\n.\nMAIL FROM:<who>\nRCPT TO:<a>\nDATA\nSubject: second\n", 0)
	if !strings.HasPrefix(got.message, trace+stamps) || !strings.Contains(got.message, "second") {
		t.Errorf("%+v", got)
	}
}

func TestRefusals(t *testing.T) {
	home := newHome(t)
	for _, c := range []struct{ what, mail, in, reply string }{
		{"a header without end", "<who>", strings.Repeat("X: "+strings.Repeat("x", 997)+"\n", 17000), "\r\n554 header too long (#5.6.0)\r\n221 "},
		{"a bad record", "<bad>", "\n", "451 unable to read cdb (#4.3.0)\r\n503 MAIL first (#5.5.1)\r\n503 "},
	} {
		got := send(t, home, c.mail, "<a@b.c>", c.in, 0)
		if !strings.Contains(got.replies, c.reply) || strings.HasSuffix(got.envelope, "  ") {
			t.Errorf("%s: %q %q", c.what, got.replies, got.envelope)
		}
	}
	if got := send(t, home, "<who>", "<a@b.c>", "\n", 31); !strings.Contains(got.replies, "\r\n554 mail server permanently rejected message (#5.3.0)\r\n") {
		t.Errorf("%q", got.replies)
	}
}

func TestUnusable(t *testing.T) {
	home := newHome(t)
	r := clitest.Run(t, "ofmipd", Run, clitest.World{Home: home, Args: []string{home + "/none"}})
	if r.Code != 1 || r.Stdout != "451 unable to read configuration (#4.3.0)\r\n" {
		t.Errorf("%+v", r)
	}
	clitest.Files(t, home, map[string]string{"control/rewrite/x": "x\n"})
	r = clitest.Run(t, "ofmipd", Run, clitest.World{Home: home})
	if r.Code != 1 || r.Stdout != "451 unable to read configuration (#4.3.0)\r\n" {
		t.Errorf("%+v", r)
	}
}

func TestRewriting(t *testing.T) {
	home := newHome(t)
	clitest.Files(t, home, map[string]string{"control/rewrite": "# ours\n=:mx.example\n-.local:mx.example\n*+:.far.example\n", "control/idhost": "x.local\n"})
	got := send(t, home, "<joe@pc.local>", "<a@b>|<c@d+>", "To: x, y@z+\n\n", 0)
	if !strings.HasSuffix(got.message, ".qmail@mx.example>\nFrom: \"Joe B\" <joe@out.example>\nTo: x@mx.example, y@z.far.example\n\n") ||
		got.envelope != "Fjoe@out.example Ta@b Tc@d.far.example  " {
		t.Errorf("%+v", got)
	}
}
