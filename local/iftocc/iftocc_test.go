package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

func TestIftocc(t *testing.T) {
	recipient := []string{"RECIPIENT=joe@host.example"}
	for _, c := range []struct {
		env, args []string
		input     string
		code      int
	}{
		{recipient, nil, "To: bob@x, Joe <JOE@Host.example>\n\n", 0},
		{recipient, nil, "Cc: bob@x,\n joe@host\n\t.example (me)\n\n", 0},
		{recipient, nil, "Subject: x\ncc : joe@host.example", 0},
		{recipient, nil, "TO:joe@host.example\nnot a field\n", 0},
		{recipient, nil, "To: \"unclosed, joe@host.example\nCc: joe@host.example\n\n", 0},
		{recipient, nil, "To: joe@host.example.net\n\n", 100},
		{recipient, nil, "To: bob@x\n\nTo: joe@host.example\n", 100},
		{recipient, nil, "Bcc: joe@host.example\nT: joe@host.example\nResent-To: joe@host.example\n\n", 100},
		{recipient, nil, "not a field\nTo: joe@host.example\n\n", 100},
		{recipient, nil, "", 100},
		{recipient, []string{"me@x", "Other@X"}, "To: other@x\n\n", 0},
		{recipient, []string{"me@x"}, "To: joe@host.example\n\n", 100},
		{nil, nil, "To: joe@host.example\n\n", 100},
		{nil, nil, "To: <>\n\n", 100},
	} {
		got := clitest.Run(t, "iftocc", Run, clitest.World{Env: c.env, Args: c.args, Input: c.input})
		if got.Code != c.code || got.Stdout+got.Stderr != "" {
			t.Errorf("%q %q: %+v", c.args, c.input, got)
		}
	}
}

func TestUnreadable(t *testing.T) {
	clitest.Unreadable(t, "iftocc", Run, clitest.World{})
}
