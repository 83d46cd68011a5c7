package main

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
)

func TestMake(t *testing.T) {
	for _, name := range []string{"md", "md/", "a b", "p/../md"} {
		dir := t.TempDir()
		clitest.Files(t, dir, map[string]string{"p/": ""})
		syscall.Umask(0o277)
		got := clitest.Run(t, "maildirmake", Run, clitest.World{Dir: dir, Args: []string{name, "ignored"}})
		if got != (clitest.Result{}) {
			t.Errorf("%q: %+v", name, got)
		}
		for _, folder := range []string{"", "tmp", "new", "cur"} {
			fi, err := os.Stat(filepath.Join(dir, name, folder))
			if err != nil || fi.Mode() != os.ModeDir|0o700 {
				t.Errorf("%q: %s: %v", name, folder, err)
			}
		}
		if _, err := os.Stat(filepath.Join(dir, "ignored")); err == nil {
			t.Error("the second argument was made too")
		}
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"md/": "", "file": "x"})
	for _, c := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{nil, 100, "maildirmake: usage: maildirmake name\n"},
		{[]string{"md"}, 111, "maildirmake: fatal: unable to mkdir md: file already exists\n"},
		{[]string{"md/"}, 111, "maildirmake: fatal: unable to mkdir md/: file already exists\n"},
		{[]string{"file/md"}, 111, "maildirmake: fatal: unable to mkdir file/md: not a directory\n"},
		{[]string{"no/md"}, 111, "maildirmake: fatal: unable to mkdir no/md: file does not exist\n"},
		{[]string{"/"}, 111, "maildirmake: fatal: unable to mkdir /: file already exists\n"},
		{[]string{""}, 111, "maildirmake: fatal: unable to mkdir : file does not exist\n"},
	} {
		got := clitest.Run(t, "maildirmake", Run, clitest.World{Dir: dir, Args: c.args})
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}
