package main

import (
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	home := t.TempDir()
	lock := filepath.Join(home, "queue/lock")
	run := func() clitest.Result {
		t.Helper()
		return clitest.Run(t, "qmail-tcpok", Run, clitest.World{Home: home})
	}
	if r := run(); r.Code != 111 || r.Stderr != "qmail-tcpok: fatal: unable to chdir to "+lock+": file does not exist\n" {
		t.Errorf("%+v", r)
	}
	clitest.Files(t, home, map[string]string{"queue/lock/": ""})
	if r := run(); r.Code != 111 || r.Stderr != "qmail-tcpok: fatal: unable to write "+lock+"/tcpto: file does not exist\n" {
		t.Errorf("%+v", r)
	}
	clitest.Files(t, home, map[string]string{"queue/lock/tcpto": strings.Repeat("x", 1100)})
	if r := run(); r.Code != 0 || r.Stdout != "" || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
	if got := clitest.Read(t, lock+"/tcpto"); got != string(make([]byte, 1024))+strings.Repeat("x", 76) {
		t.Errorf("%q", got)
	}
}
