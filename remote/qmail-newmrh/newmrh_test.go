package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
)

func run(t *testing.T, home string) clitest.Result {
	t.Helper()
	return clitest.Run(t, "qmail-newmrh", Run, clitest.World{Home: home})
}

func TestHosts(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{
		"control/morercpthosts":     "A.Example \t\n# comment\n\n.b.example\n  lead\n\xc9.example # kept\nlast",
		"control/morercpthosts.cdb": "old",
	})
	if r := run(t, home); r.Code != 0 || r.Stdout != "" || r.Stderr != "" {
		t.Fatalf("%+v", r)
	}
	table, err := cdb.Open(filepath.Join(home, database))
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	for key, want := range map[string]bool{
		"a.example": true, ".b.example": true, "  lead": true, "\xc9.example # kept": true, "last": true,
		"A.Example": false, "": false, "# comment": false, "a.example \t": false,
	} {
		if data, ok, err := table.Find([]byte(key)); err != nil || ok != want || len(data) != 0 {
			t.Errorf("%q: %q %v %v", key, data, ok, err)
		}
	}
	fi, err := os.Stat(filepath.Join(home, database))
	if err != nil || fi.Mode().Perm() != mode {
		t.Error(fi.Mode(), err)
	}
	if _, err := os.Stat(filepath.Join(home, temporary)); err == nil {
		t.Error("the temporary file is left")
	}
}

func TestTrouble(t *testing.T) {
	for what, c := range map[string]struct {
		files map[string]string
		want  string
	}{
		"none":     {map[string]string{"control/morercpthosts.cdb": "old"}, "unable to read control/morercpthosts: file does not exist\n"},
		"folder":   {map[string]string{"control/morercpthosts/": "", "control/morercpthosts.cdb": "old"}, "unable to read control/morercpthosts: is a directory\n"},
		"long":     {map[string]string{"control/morercpthosts": strings.Repeat("x", 1<<20+1), "control/morercpthosts.cdb": "old"}, "unable to read control/morercpthosts: line too long\n"},
		"no room":  {map[string]string{"control/morercpthosts": "a\n", "control/morercpthosts.tmp/": "", "control/morercpthosts.cdb": "old"}, "unable to write to control/morercpthosts.tmp: is a directory\n"},
		"in place": {map[string]string{"control/morercpthosts": "a\n", "control/morercpthosts.cdb/x": ""}, "unable to move control/morercpthosts.tmp to control/morercpthosts.cdbis a directory\n"},
	} {
		home := t.TempDir()
		clitest.Files(t, home, c.files)
		if r := run(t, home); r.Code != 111 || r.Stderr != "qmail-newmrh: fatal: "+c.want {
			t.Errorf("%s: %+v", what, r)
		}
		if _, ok := c.files[database]; ok && clitest.Read(t, filepath.Join(home, database)) != "old" {
			t.Errorf("%s: the old table is gone", what)
		}
	}
	home := t.TempDir() + "/none"
	if r := run(t, home); r.Stderr != "qmail-newmrh: fatal: unable to chdir to "+home+": file does not exist\n" {
		t.Errorf("%+v", r)
	}
}
