package clitest

import (
	"testing"

	"qmailkit/internal/cmd"
)

// Case is a call of a program, and what is to come out.
type Case struct {
	Args  []string
	Input string
	Want  Result
}

// Check plays the cases of the program called name.
func Check(t *testing.T, name string, run func(*cmd.Proc) error, cases []Case) {
	t.Helper()
	for _, c := range cases {
		if got := Run(t, name, run, World{Args: c.Args, Input: c.Input}); got != c.Want {
			t.Errorf("%q of %q: %+v", c.Args, c.Input, got)
		}
	}
}

// Unreadable runs the program called name in w with a folder as its input, which
// it is to say and to fail of for now.
func Unreadable(t *testing.T, name string, run func(*cmd.Proc) error, w World) {
	t.Helper()
	w.Stdin = Open(t, t.TempDir())
	if got := Run(t, name, run, w); got != (Result{Code: cmd.ExitTemporary, Stderr: name + ": fatal: unable to read input: is a directory\n"}) {
		t.Errorf("a folder as input: %+v", got)
	}
}
