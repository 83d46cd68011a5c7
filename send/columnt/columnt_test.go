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
	clitest.Unreadable(t, "columnt", Run, clitest.World{})
}
