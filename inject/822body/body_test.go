package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

const mail = "Subject: a\n b\nTo: c\nsubject :d\n\nbody\n\nmore"

func TestRun(t *testing.T) {
	clitest.Check(t, "822body", Run, []clitest.Case{
		{Input: mail, Want: clitest.Result{Stdout: "body\n\nmore"}},
		{Input: "A: b\nbody", Want: clitest.Result{Stdout: "body"}},
		{Input: "A: b\n", Want: clitest.Result{}},
	})
	clitest.Unreadable(t, "822body", Run, clitest.World{})
}
