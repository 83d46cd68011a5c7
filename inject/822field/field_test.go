package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

const mail = "Subject: a\n b\nTo: c\nsubject :d\n\nbody\n\nmore"

func TestRun(t *testing.T) {
	clitest.Check(t, "822field", Run, []clitest.Case{
		{Input: mail, Want: clitest.Result{Stdout: " a b\nd\n"}},
		{Args: []string{"TO", "subject"}, Input: mail, Want: clitest.Result{Stdout: " c\n"}},
		{Args: []string{"t"}, Input: mail, Want: clitest.Result{Code: 100}},
		{Args: []string{"tot"}, Input: mail, Want: clitest.Result{Code: 100}},
	})
	clitest.Unreadable(t, "822field", Run, clitest.World{})
}
