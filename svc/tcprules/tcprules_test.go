package main

import (
	"os"
	"path/filepath"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/tcprules"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.cdb")
	for _, c := range []struct {
		args          []string
		rules         string
		code          int
		stderr        string
		found, denied bool // what the database says of 127.0.0.1 then
	}{
		{[]string{"r.cdb", "r.tmp"}, "127.:deny\n", 0, "", true, true},
		{[]string{"r.cdb", "r.tmp"}, "127.:allow\n128.:what\n", 100, "tcprules: fatal: line 2: unable to parse this line: 128.:what\n", true, true},
		{[]string{"r.cdb", "r.tmp"}, "127.\n", 100, "tcprules: fatal: line 1, no colon: unable to parse this line: 127.\n", true, true},
		{[]string{"no/r.cdb", "r.tmp"}, "", 111, "tcprules: fatal: unable to move r.tmp to no/r.cdb: file does not exist\n", true, true},
		{[]string{"r.cdb", "no/r.tmp"}, "", 111, "tcprules: fatal: unable to create no/r.tmp: file does not exist\n", true, true},
		{[]string{"r.cdb"}, "", 100, "tcprules: usage: tcprules rules.cdb rules.tmp\n", true, true},
		{[]string{"r.cdb", "r.tmp"}, "127.:allow\n", 0, "", true, false},
		{[]string{"r.cdb", "r.cdb"}, "", 0, "", false, false},
	} {
		got := clitest.Run(t, "tcprules", Run, clitest.World{Dir: dir, Args: c.args, Input: c.rules})
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q %q: %d %q", c.args, c.rules, got.Code, got.Stderr)
		}
		db, err := tcprules.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		rule, found, err := db.Lookup(tcprules.Client{IP: "127.0.0.1"})
		db.Close()
		if found != c.found || rule.Deny != c.denied || err != nil {
			t.Errorf("%q %q: %v %v %v", c.args, c.rules, rule, found, err)
		}
		if names, _ := os.ReadDir(dir); len(names) != 1 {
			t.Errorf("%q %q leaves %v", c.args, c.rules, names)
		}
	}
}

func TestUnreadableInput(t *testing.T) {
	dir := t.TempDir()
	got := clitest.Run(t, "tcprules", Run, clitest.World{Dir: dir, Args: []string{"r.cdb", "r.tmp"}, Stdin: clitest.Open(t, dir)})
	if got.Code != 111 || got.Stderr != "tcprules: fatal: unable to read input: is a directory\n" {
		t.Errorf("%d %q", got.Code, got.Stderr)
	}
	if names, _ := os.ReadDir(dir); len(names) != 0 {
		t.Errorf("%v", names)
	}
}
