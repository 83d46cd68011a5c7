package main

import (
	"io"
	"os"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
)

func TestSvc(t *testing.T) {
	for _, c := range []struct{ args, sent, stderr string }{
		{"", "", ""},
		{"-u", "", ""},
		{"x", "", ""},
		{"-ud -o -phaitkcx x", "udophaitkcx", ""},
		{"-uu -u x", "u", ""},
		{"-tLdtdl=q12w+k x", "tLdtl=q12w+kl=", ""},
		{"-dx none x -u", "dx", "svc: warning: unable to chdir to none: file does not exist\nsvc: warning: unable to chdir to -u: file does not exist\n"},
		{"-d empty dead x", "d", "svc: warning: unable to control empty: file does not exist\nsvc: warning: unable to control dead: supervise not running\n"},
	} {
		dir := t.TempDir()
		clitest.Files(t, dir, map[string]string{"x/supervise/control": "", "empty/": "", "dead/supervise/": ""})
		if err := syscall.Mkfifo(dir+"/dead/supervise/control", 0o600); err != nil {
			t.Fatal(err)
		}
		got := clitest.Run(t, "svc", Run, clitest.World{Args: strings.Fields(c.args), Dir: dir})
		if got != (clitest.Result{Stderr: c.stderr}) || clitest.Read(t, dir+"/x/supervise/control") != c.sent {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
	got := clitest.Run(t, "svc", Run, clitest.World{Args: []string{"-uz", "x"}})
	if got != (clitest.Result{Code: 100, Stderr: "svc: illegal option -- z\n" + options + "\n"}) {
		t.Errorf("%+v", got)
	}
}

func TestFifo(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"x/supervise/": ""})
	path := dir + "/x/supervise/control"
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if got := clitest.Run(t, "svc", Run, clitest.World{Args: []string{"-dx", "x"}, Dir: dir}); got != (clitest.Result{}) {
		t.Errorf("%+v", got)
	}
	if sent, err := io.ReadAll(r); string(sent) != "dx" || err != nil {
		t.Errorf("%q %v", sent, err)
	}
}
