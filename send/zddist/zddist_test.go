package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

// The expected output is that of the original on the same records.
func TestRun(t *testing.T) {
	got := clitest.Run(t, "zddist", Run, clitest.World{Input: clitest.Read(t, "../analog/testdata/matchup")})
	want := clitest.Read(t, "../analog/testdata/zddist")
	if want == "" || got != (clitest.Result{Stdout: want}) {
		t.Errorf("%+v", got)
	}
}
