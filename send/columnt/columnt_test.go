package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	got := clitest.Run(t, "columnt", Run, clitest.World{Input: "a bb\nccc d"})
	if got != (clitest.Result{Stdout: "  a  bb\nccc  d\n"}) {
		t.Errorf("%+v", got)
	}
	got = clitest.Run(t, "columnt", Run, clitest.World{Stdin: clitest.Open(t, t.TempDir())})
	if got.Code != 111 || got.Stderr != "columnt: fatal: unable to read input: is a directory\n" {
		t.Errorf("%+v", got)
	}
}
