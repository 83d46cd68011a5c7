package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

func TestExcept(t *testing.T) {
	for _, c := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{nil, 100, "except: usage: except program [ arg ... ]\n"},
		{[]string{"true"}, 100, ""},
		{[]string{"false"}, 0, ""},
		{[]string{"sh", "-c", "exit 99"}, 0, ""},
		{[]string{"sh", "-c", "exit 111"}, 111, "except: fatal: temporary child error\n"},
		{[]string{"sh", "-c", "kill -9 $$"}, 111, "except: fatal: child crashed\n"},
		{[]string{"no-such-program"}, 111, "except: fatal: unable to run no-such-program: file does not exist\n"},
	} {
		got := clitest.Run(t, "except", Run, clitest.World{Args: c.args})
		if got.Code != c.code || got.Stderr != c.stderr || got.Stdout != "" {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}
