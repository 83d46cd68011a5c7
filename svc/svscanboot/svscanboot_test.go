package main

import (
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestBoot(t *testing.T) {
	p, finish := clitest.Proc(t, "svscanboot", clitest.World{Env: []string{"LEFT=over"}})
	bin := p.Dir + "/bin"
	clitest.Files(t, p.Dir, map[string]string{"sv/a/log/": "", "sv/b": ""})
	clitest.Script(t, bin+"/svc", "echo svc $* >>log")
	clitest.Script(t, bin+"/svscan", `echo svscan $* ${LEFT-clean} >>log; echo out; echo error >&2`)
	clitest.Script(t, bin+"/readproctitle", `cat >shown; echo "$1 $2 ${#3}" >>shown`)
	got := finish(p.End(boot(p, bin+":/usr/bin:/bin", "sv")))
	if got != (clitest.Result{}) {
		t.Errorf("%+v", got)
	}
	sv := p.Dir + "/sv"
	if got := clitest.Read(t, p.Dir+"/log"); got != "svc -dx "+sv+"/a "+sv+"/b "+sv+"/a/log\nsvscan sv clean\n" {
		t.Error(got)
	}
	if got := clitest.Read(t, p.Dir+"/shown"); got != "out\nerror\nservice errors: 400\n" {
		t.Error(got)
	}
}

func TestNothingThere(t *testing.T) {
	p, finish := clitest.Proc(t, "svscanboot", clitest.World{})
	got := finish(p.End(boot(p, p.Dir, "sv")))
	if got.Code != 111 || !strings.HasPrefix(got.Stderr, "svscanboot: fatal: unable to start readproctitle: ") {
		t.Errorf("%+v", got)
	}
}
