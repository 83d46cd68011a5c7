package main

import (
	"os"
	"path/filepath"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
)

func run(t *testing.T, files map[string]string) (string, clitest.Result) {
	t.Helper()
	home := t.TempDir()
	clitest.Files(t, home, files)
	return home, clitest.Run(t, "qmail-newu", Run, clitest.World{Home: home})
}

func TestTable(t *testing.T) {
	home, got := run(t, map[string]string{"users/assign": "=Joe:joe:1:2:/j:::\n+joe-:joe:1:2:/j:-::\n.\n", "users/cdb": "old"})
	if got != (clitest.Result{}) {
		t.Fatalf("%+v", got)
	}
	r, err := cdb.Open(filepath.Join(home, "users/cdb"))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for key, want := range map[string]string{"": "-", "!joe\x00": "joe\x001\x002\x00/j\x00\x00", "!joe-": "joe\x001\x002\x00/j\x00-\x00"} {
		if data, ok, err := r.Find([]byte(key)); !ok || err != nil || string(data) != want {
			t.Errorf("%q: %q %v %v", key, data, ok, err)
		}
	}
	if fi, err := os.Stat(filepath.Join(home, "users/cdb")); err != nil || fi.Mode().Perm() != 0o644 {
		t.Errorf("%v %v", fi, err)
	}
	if _, err := os.Stat(filepath.Join(home, "users/cdb.tmp")); err == nil {
		t.Error("users/cdb.tmp is still there")
	}
}

func TestErrorsKeepTheOldTable(t *testing.T) {
	for _, c := range []struct {
		files map[string]string
		want  string
	}{
		{map[string]string{"users/cdb": "old"}, errOpen},
		{map[string]string{"users/cdb": "old", "users/assign": "joe\n.\n"}, errFormat},
		{map[string]string{"users/cdb": "old", "users/assign/": ""}, errRead},
		{map[string]string{"users/cdb": "old", "users/assign": ".\n", "users/cdb.tmp/": ""}, errOpenT},
	} {
		home, got := run(t, c.files)
		if got != (clitest.Result{Code: 111, Stderr: "qmail-newu: fatal: " + c.want + "\n"}) {
			t.Errorf("%+v", got)
		}
		if clitest.Read(t, filepath.Join(home, "users/cdb")) != "old" {
			t.Errorf("%s: the old table is gone", c.want)
		}
	}
	if _, got := run(t, map[string]string{"users/cdb/x": "", "users/assign": ".\n"}); got.Stderr != "qmail-newu: fatal: "+errRename+"\n" {
		t.Errorf("%+v", got)
	}
	home := filepath.Join(t.TempDir(), "absent")
	if got := clitest.Run(t, "qmail-newu", Run, clitest.World{Home: home}); got.Stderr != "qmail-newu: fatal: "+errChdir+"\n" {
		t.Errorf("%+v", got)
	}
}
