package main

import (
	"os"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
)

func TestSvok(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"empty/": "", "plain/supervise/ok": "", "odd/supervise/ok/": "",
		"dead/supervise/": "", "alive/supervise/": ""})
	for _, service := range []string{"dead", "alive"} {
		if err := syscall.Mkfifo(dir+"/"+service+"/supervise/ok", 0o600); err != nil {
			t.Fatal(err)
		}
	}
	reader, err := os.OpenFile(dir+"/alive/supervise/ok", os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	for _, c := range []struct {
		args []string
		want clitest.Result
	}{
		{nil, clitest.Result{Code: 100, Stderr: "svok: usage: svok dir\n"}},
		{[]string{"none"}, clitest.Result{Code: 111, Stderr: "svok: fatal: unable to chdir to none: file does not exist\n"}},
		{[]string{"empty"}, clitest.Result{Code: 100}},
		{[]string{"dead"}, clitest.Result{Code: 100}},
		{[]string{"alive", "none"}, clitest.Result{}},
		{[]string{"plain"}, clitest.Result{}},
		{[]string{"odd"}, clitest.Result{Code: 111, Stderr: "svok: fatal: unable to open odd/supervise/ok: is a directory\n"}},
	} {
		if got := clitest.Run(t, "svok", Run, clitest.World{Args: c.args, Dir: dir}); got != c.want {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}
