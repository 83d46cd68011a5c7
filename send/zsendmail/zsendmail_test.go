package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	in := "d k 1.5 2.5 4 10 <a> local.j 3 4 did/\nd z 1 2 3 10 <a> local.j 3 4 no/\nd d 1 2 3 10 <a> local.j 3 4 no/\n" +
		"m 1.5 5 10 1 1 1 <a> 3 4\n? odd"
	want := "4 qp 3: to=local.j, uid=4, ddelay=2.500000, xdelay=1.500000, stat=Sent (did/)\n" +
		"3 qp 3: to=local.j, uid=4, ddelay=2.000000, xdelay=1.000000, stat=Deferred (no/)\n" +
		"3 qp 3: to=local.j, uid=4, ddelay=2.000000, xdelay=1.000000, stat=Failed (no/)\n" +
		"5 qp 3: from=<a>, uid=4, size=10, nrcpts=2, deferrals=1, qtime=3.500000\n? odd\n"
	if got := clitest.Run(t, "zsendmail", Run, clitest.World{Input: in}); got != (clitest.Result{Stdout: want}) {
		t.Errorf("%+v", got)
	}
}
