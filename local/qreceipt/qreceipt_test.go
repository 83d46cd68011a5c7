package main

import (
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func notice(to, target, more string) string {
	return "From: DELIVERY NOTICE SYSTEM <" + to + ">\nTo: <" + to + ">\nSubject: success notice\n\n" +
		"Hi! This is the qreceipt program. Your message was delivered to the\nfollowing address: " + target +
		". Thanks for asking.\n" + more
}

func TestNotice(t *testing.T) {
	const field = "Notice-Requested-Upon-Delivery-To: "
	for _, c := range []struct {
		target, sender, message string
		want                    string // the notice
	}{
		{"j@x", "s@y", field + "j@x\n", notice("s@y", "j@x", "")},
		{"j@x", "s@y", field + "j@x\nMessage-ID: <1@y>\n\nbody\n", notice("s@y", "j@x", "Your Message-ID: <1@y>\n")},
		{"j@x", "s@y", "Message-ID:\n <1@y>\n" + field + "j@x", notice("s@y", "j@x", "Your Message-ID:\n <1@y>\n")},
		{"j@x", "s@y", field + "a@b, (c) j (d) @\n x, c@d\n", notice("s@y", "j@x", "")},
		{"j@x", "s@y", field + "g: \"j\"@x;\n", notice("s@y", "j@x", "")},
		{"j@x", "s@y", strings.ToUpper(field) + "<j@x>\n", notice("s@y", "j@x", "")},
		{"j@x", "s@y", field + "a@b\n" + field + "j@x\n" + field + "c@d\n", notice("s@y", "j@x", "")},
		{"j", "a b@y", field + "j\n", notice(`"a b"@y`, "j", "")},
		{"j@x", "s@y", field + "J@x\n", ""},
		{"j@x", "s@y", field + "\n", ""},
		{"j@x", "s@y", "A: b\n\n" + field + "j@x\n", ""},
		{"j@x", "s@y", "", ""},
		{"j@x", "", field + "j@x\n", ""},
		{"j@x", "#@[]", field + "j@x\n", ""},
		{"j@x", "s@y\nBcc: z@z", field + "j@x\n", ""},
		{"j@x", "s\n\nbody@y", field + "j@x\n", ""},
	} {
		q := clitest.NewQueue(t, 0)
		got := clitest.Run(t, "qreceipt", Run, clitest.World{
			Args: []string{c.target, "ignored"}, Env: []string{"SENDER=" + c.sender, q.Env()}, Input: c.message,
		})
		if got != (clitest.Result{}) || q.Message(t) != c.want {
			t.Errorf("%q, %q: %+v, sent %q", c.sender, c.message, got, q.Message(t))
		}
		if want := "F\x00T" + c.sender + "\x00\x00"; c.want != "" && q.Envelope(t) != want {
			t.Errorf("%q, %q: envelope %q", c.sender, c.message, q.Envelope(t))
		}
	}
}

func TestFailures(t *testing.T) {
	const field = "Notice-Requested-Upon-Delivery-To: "
	const usage = "qreceipt: usage: qreceipt deliveryaddress\n"
	for _, c := range []struct {
		args, env []string
		message   string
		exit      int // of qmail-queue
		code      int
		stderr    string
	}{
		{nil, []string{"SENDER=s@y"}, "", 0, 100, usage},
		{[]string{"j@x"}, nil, "", 0, 100, usage},
		{[]string{"j@x"}, []string{"SENDER=s@y"}, field + "j@x (\n", 0, 100, "qreceipt: fatal: unable to parse this: " + field + "j@x (\n"},
		{[]string{"j@x"}, []string{"SENDER=s@y"}, field + "g: j@x", 0, 100, "qreceipt: fatal: unable to parse this: " + field + "g: j@x\n"},
		{[]string{"j@x"}, []string{"SENDER=s@y"}, field + "j@x\n", 31, 100, "qreceipt: fatal: permanent qmail-queue error\n"},
		{[]string{"j@x"}, []string{"SENDER=s@y"}, field + "j@x\n", 53, 111, "qreceipt: fatal: temporary qmail-queue error\n"},
	} {
		q := clitest.NewQueue(t, c.exit)
		got := clitest.Run(t, "qreceipt", Run, clitest.World{Args: c.args, Env: append([]string{q.Env()}, c.env...), Input: c.message})
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q %q: %+v", c.args, c.message, got)
		}
	}
	got := clitest.Run(t, "qreceipt", Run, clitest.World{
		Args: []string{"j@x"}, Env: []string{"SENDER=s@y"}, Stdin: clitest.Open(t, os.TempDir()),
	})
	if got.Code != 111 || got.Stderr != "qreceipt: fatal: read error\n" {
		t.Errorf("%+v", got)
	}
}

// A field of any length costs bounded memory, and is not half understood.
func TestLongField(t *testing.T) {
	q := clitest.NewQueue(t, 0)
	got := clitest.Run(t, "qreceipt", Run, clitest.World{
		Args: []string{"j@x"}, Env: []string{"SENDER=s@y", q.Env()},
		Input: "Notice-Requested-Upon-Delivery-To: j@x," + strings.Repeat(" ", maxField) + "\n",
	})
	if got.Code != 100 || q.Envelope(t) != "" {
		t.Errorf("%d, sent to %q", got.Code, q.Envelope(t))
	}
}
