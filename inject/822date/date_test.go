package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		args []string
		in   string
		want clitest.Result
	}{
		{nil, "Date: 1 Jan 26 0:00 +0130\nDate: 2 Jan 2026 1:2:3 EST\nDate: soon\nDat: 3 Jan 2026 1:2:3 EST\n\nDate: no\n",
			clitest.Result{Stdout: "2026-01-02 01:02:03 -0500\n2026-01-02 06:02:03 +0000\nFri Jan  2 08:02:03 2026\n"}},
		{[]string{"received"}, "Date: 1 Jan 26 0:00 GMT\nReceived: from x; 31 Dec 2026\n 23:59:60 -0000\n",
			clitest.Result{Stdout: "2026-12-31 23:59:60 +0000\n2027-01-01 00:00:00 +0000\nFri Jan  1 02:00:00 2027\n"}},
		{nil, "Date: soon\n\nDate: 1 Jan 26 0:00 GMT\n", clitest.Result{Code: 100}},
		{nil, "", clitest.Result{Code: 100}},
	} {
		if got := clitest.Run(t, "822date", Run, clitest.World{Args: c.args, Env: []string{"TZ=XXX-2"}, Input: c.in}); got != c.want {
			t.Errorf("%q of %q: %+v", c.args, c.in, got)
		}
	}
	clitest.Unreadable(t, "822date", Run, clitest.World{})
}
