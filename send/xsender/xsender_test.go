package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

const records = "d k 1 2 3 10 <a@b> local.j@h 3 4 did/\nm 1 5 10 1 0 0 <a@b> 3 4\nd d 1 2 3 9 <> remote.k@h 5 0 no/\n"

func TestRun(t *testing.T) {
	for _, c := range []struct{ arg, out string }{
		{"a@b", "d k 1 2 3 10 <a@b> local.j@h 3 4 did/\nm 1 5 10 1 0 0 <a@b> 3 4\n"},
		{"", "d d 1 2 3 9 <> remote.k@h 5 0 no/\n"},
		{"b", ""},
	} {
		got := clitest.Run(t, "xsender", Run, clitest.World{Args: []string{c.arg}, Input: records})
		if got != (clitest.Result{Stdout: c.out}) {
			t.Errorf("%s: %+v", c.arg, got)
		}
	}
}
