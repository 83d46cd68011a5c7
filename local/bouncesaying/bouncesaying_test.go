package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

func TestBounce(t *testing.T) {
	for _, c := range []struct {
		args []string
		want clitest.Result
	}{
		{nil, clitest.Result{Code: 100, Stderr: "bouncesaying: usage: bouncesaying error [ program [ arg ... ] ]\n"}},
		{[]string{"Gone."}, clitest.Result{Code: 100, Stderr: "Gone.\n"}},
		{[]string{"-x"}, clitest.Result{Code: 100, Stderr: "-x\n"}},
		{[]string{"Gone.", "true"}, clitest.Result{Code: 100, Stderr: "Gone.\n"}},
		{[]string{"Gone.", "cat"}, clitest.Result{Code: 100, Stdout: "message\n", Stderr: "Gone.\n"}},
		{[]string{"Gone.", "false"}, clitest.Result{}},
		{[]string{"Gone.", "sh", "-c", "exit 111"}, clitest.Result{Code: 111, Stderr: "bouncesaying: fatal: temporary child error\n"}},
		{[]string{"Gone.", "no-such-program"},
			clitest.Result{Code: 111, Stderr: "bouncesaying: fatal: unable to run no-such-program: file does not exist\n"}},
	} {
		got := clitest.Run(t, "bouncesaying", Run, clitest.World{Args: c.args, Input: "message\n"})
		if got != c.want {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}
