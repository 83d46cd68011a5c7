package main

import (
	"io"
	"os"
	"regexp"
	"testing"

	"qmailkit/internal/clitest"
)

var queued = regexp.MustCompile(`^condredirect: qp [1-9][0-9]*\n$`)

func world(t *testing.T, q *clitest.Queue, args ...string) clitest.World {
	return clitest.World{
		Env:  []string{"SENDER=s@y", "NEWSENDER=o@x", "DTLINE=Delivered-To: j@x\n", q.Env()},
		Args: args, Input: "Subject: x\n\nbody\n",
	}
}

func TestYes(t *testing.T) {
	for _, program := range [][]string{{"true"}, {"grep", "-q", "Subject"}, {"cat"}, {"sh", "-c", `test "$SENDER" = s@y`}} {
		q := clitest.NewQueue(t, 0)
		got := clitest.Run(t, "condredirect", Run, world(t, q, append([]string{"a@b"}, program...)...))
		if got.Code != 99 || !queued.MatchString(got.Stderr) {
			t.Errorf("%q: %+v", program, got)
		}
		if mess, envelope := q.Message(t), q.Envelope(t); mess != "Delivered-To: j@x\nSubject: x\n\nbody\n" || envelope != "Fs@y\x00Ta@b\x00\x00" {
			t.Errorf("%q: queued %q %q", program, mess, envelope)
		}
	}
}

func TestNo(t *testing.T) {
	for _, c := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{nil, 100, "condredirect: usage: condredirect newaddress program [ arg ... ]\n"},
		{[]string{"a@b"}, 100, "condredirect: usage: condredirect newaddress program [ arg ... ]\n"},
		{[]string{"a@b", "false"}, 0, ""},
		{[]string{"a@b", "sh", "-c", "exit 99"}, 0, ""},
		{[]string{"a@b", "sh", "-c", "exit 111"}, 111, "condredirect: fatal: temporary child error\n"},
		{[]string{"a@b", "sh", "-c", "kill -9 $$"}, 111, "condredirect: fatal: child crashed\n"},
		{[]string{"a@b", "no-such-program"}, 111, "condredirect: fatal: unable to run no-such-program: file does not exist\n"},
	} {
		q := clitest.NewQueue(t, 0)
		got := clitest.Run(t, "condredirect", Run, world(t, q, c.args...))
		if got.Code != c.code || got.Stderr != c.stderr || q.Envelope(t) != "" {
			t.Errorf("%q: %+v, queued for %q", c.args, got, q.Envelope(t))
		}
	}
}

// SENDER and DTLINE are asked for only once there is something to send.
func TestEnvironment(t *testing.T) {
	q := clitest.NewQueue(t, 0)
	for _, c := range []struct {
		env     []string
		program string
		code    int
		stderr  string
	}{
		{nil, "false", 0, ""},
		{[]string{"DTLINE=D\n"}, "true", 100, "condredirect: fatal: SENDER not set\n"},
		{[]string{"SENDER="}, "true", 100, "condredirect: fatal: DTLINE not set\n"},
	} {
		got := clitest.Run(t, "condredirect", Run, clitest.World{Env: append(c.env, q.Env()), Args: []string{"a@b", c.program}})
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q: %+v", c.env, got)
		}
	}
}

func TestPipe(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	io.WriteString(w, "Subject: x\n")
	w.Close()
	q := clitest.NewQueue(t, 0)
	in := world(t, q, "a@b", "true")
	in.Stdin = r
	got := clitest.Run(t, "condredirect", Run, in)
	if got.Code != 111 || got.Stderr != "condredirect: fatal: unable to rewind: unseekable descriptor\n" || q.Envelope(t) != "" {
		t.Errorf("%+v", got)
	}
}
