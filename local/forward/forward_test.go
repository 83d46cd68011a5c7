package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

var queued = regexp.MustCompile(`^forward: qp [1-9][0-9]*\n$`)

func TestForward(t *testing.T) {
	big := strings.Repeat("0123456789\n", 50_000)
	for _, c := range []struct {
		env, args      []string
		input          string
		mess, envelope string
	}{
		{[]string{"NEWSENDER=o@x", "DTLINE=Delivered-To: j@x\n", "SENDER=s@y"}, []string{"a@b", "-x", "--"}, "Subject: x\n\nbody",
			"Delivered-To: j@x\nSubject: x\n\nbody", "Fo@x\x00Ta@b\x00T-x\x00T--\x00\x00"},
		{[]string{"NEWSENDER=", "DTLINE="}, nil, "\x00\xff", "\x00\xff", "F\x00\x00"},
		{[]string{"NEWSENDER=l-@x-@[]", "DTLINE=D"}, []string{"a"}, big, "D" + big, "Fl-@x-@[]\x00Ta\x00\x00"},
	} {
		q := clitest.NewQueue(t, 0)
		got := clitest.Run(t, "forward", Run, clitest.World{Env: append(c.env, q.Env()), Args: c.args, Input: c.input})
		if got.Code != 0 || !queued.MatchString(got.Stderr) || got.Stdout != "" {
			t.Errorf("%q: %+v", c.env, got)
		}
		if mess, envelope := q.Message(t), q.Envelope(t); mess != c.mess || envelope != c.envelope {
			t.Errorf("%q: queued %.100q %q", c.env, mess, envelope)
		}
	}
}

func TestNotQueued(t *testing.T) {
	env := []string{"NEWSENDER=o@x", "DTLINE=D\n"}
	for _, c := range []struct {
		env    []string
		exit   int
		code   int
		stderr string
	}{
		{env[:1:1], 0, 100, "forward: fatal: DTLINE not set\n"},
		{env[1:], 0, 100, "forward: fatal: NEWSENDER not set\n"},
		{nil, 0, 100, "forward: fatal: NEWSENDER not set\n"},
		{env, 31, 100, "forward: fatal: mail server permanently rejected message (#5.3.0)\n"},
		{env, 53, 111, "forward: fatal: qq write error or disk full (#4.3.0)\n"},
		{append(slices.Clip(env), "QMAILQUEUE=/no/such/program"), 0, 111, "forward: fatal: unable to exec qq (#4.3.0)\n"},
	} {
		q := clitest.NewQueue(t, c.exit)
		got := clitest.Run(t, "forward", Run, clitest.World{Env: append(slices.Clip(c.env), q.Env()), Args: []string{"a@b"}})
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q, %d: %+v", c.env, c.exit, got)
		}
	}
}

func TestReadError(t *testing.T) {
	q := clitest.NewQueue(t, 0)
	got := clitest.Run(t, "forward", Run, clitest.World{
		Env:   []string{"NEWSENDER=o@x", "DTLINE=D\n", q.Env()},
		Args:  []string{"a@b"},
		Stdin: clitest.Open(t, os.TempDir()),
	})
	if got.Code != 111 || got.Stderr != "forward: fatal: unable to read message: is a directory\n" {
		t.Errorf("%+v", got)
	}
	if envelope := q.Envelope(t); envelope != "" {
		t.Errorf("an envelope was written: %q", envelope)
	}
}
