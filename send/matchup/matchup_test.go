package main

import (
	"os"
	"testing"

	"qmailkit/internal/clitest"
)

const log = "1.5 info msg 7: bytes 10 from <a> qp 3 uid 4\n1.6 starting delivery 1: msg 7 to local j\n" +
	"1.7 delivery 1: success: ok/\n1.8 odd\n1.9 starting delivery 2: msg 7 to remote k\n"

func TestRun(t *testing.T) {
	for _, c := range []struct{ what, in, out, pending string }{
		{"nothing", "", "", ""},
		{"a log", log, "d k 1.5 1.6 1.7 10 <a> local.j 3 4 ok/\n? 1.8 odd\n",
			"1.5 info msg 7: bytes 10 from <a> qp 3 uid 4\n1.5 extra 7 1 0 0\n1.9 starting delivery 2: msg 7 to remote k\n"},
		{"half a line", "1.5 new msg 1\n1.6 info m", "", "1.6 info m"},
	} {
		pending, err := os.Create(t.TempDir() + "/pending")
		if err != nil {
			t.Fatal(err)
		}
		p, finish := clitest.Proc(t, "matchup", clitest.World{Input: c.in})
		p.FD = func(n int) *os.File {
			if n != 5 {
				t.Errorf("descriptor %d", n)
			}
			return pending
		}
		got := finish(p.End(Run(p)))
		pending.Close()
		if got != (clitest.Result{Stdout: c.out}) || clitest.Read(t, pending.Name()) != c.pending {
			t.Errorf("%s: %+v, pending %q", c.what, got, clitest.Read(t, pending.Name()))
		}
	}
}

func TestFailures(t *testing.T) {
	read, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer read.Close()
	p, finish := clitest.Proc(t, "matchup", clitest.World{Input: log})
	p.FD = func(int) *os.File { return read }
	if got := finish(p.End(Run(p))); got.Code != 111 || got.Stderr != "matchup: fatal: unable to write fd 5: file descriptor not open\n" {
		t.Errorf("%+v", got)
	}
	if got := clitest.Run(t, "matchup", Run, clitest.World{Input: log, Stdout: read}); got.Code != 111 || got.Stderr != "matchup: fatal: unable to write output: file descriptor not open\n" {
		t.Errorf("%+v", got)
	}
	clitest.Unreadable(t, "matchup", Run, clitest.World{})
}
