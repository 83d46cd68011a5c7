package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

const mail = "Subject: a\n b\nTo: c\nsubject :d\n\nbody\n\nmore"

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args []string
		in   string
		want clitest.Result
	}{
		{nil, mail, clitest.Result{Stdout: " a b\nd\n"}},
		{[]string{"TO", "subject"}, mail, clitest.Result{Stdout: " c\n"}},
		{[]string{"t"}, mail, clitest.Result{Code: 100}},
		{[]string{"tot"}, mail, clitest.Result{Code: 100}},
	} {
		if got := clitest.Run(t, "822field", Run, clitest.World{Args: c.args, Input: c.in}); got != c.want {
			t.Errorf("%q of %q: %+v", c.args, c.in, got)
		}
	}
	got := clitest.Run(t, "822field", Run, clitest.World{Stdin: clitest.Open(t, t.TempDir())})
	if got != (clitest.Result{Code: 111, Stderr: "822field: fatal: unable to read input: is a directory\n"}) {
		t.Errorf("%+v", got)
	}
}
