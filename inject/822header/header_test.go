package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

const mail = "Subject: a\n b\nTo: c\nsubject :d\n\nbody\n\nmore"

func TestRun(t *testing.T) {
	clitest.Check(t, "822header", Run, []clitest.Case{
		{Input: mail, Want: clitest.Result{Stdout: "Subject: a\n b\nTo: c\nsubject :d\n"}},
		{Input: "A: b\nbody", Want: clitest.Result{Stdout: "A: b\n"}},
		{Input: "A: b", Want: clitest.Result{Stdout: "A: b"}},
	})
	clitest.Unreadable(t, "822header", Run, clitest.World{})
}
