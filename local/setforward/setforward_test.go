package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"qmailkit/internal/clitest"
)

// The sum is that of the file which the C setforward makes of the same table.
func TestDatabase(t *testing.T) {
	dir := t.TempDir()
	w := clitest.World{Dir: dir, Args: []string{"f", "t"}, Input: "a@b: &d@e.f, |prog\\ x, !prog, ./list, /abs/list, ?own@x.y;\n# comment\nZ@: z@x.y;\n"}
	if got := clitest.Run(t, "setforward", Run, w); got.Code != 0 || got.Stderr != "" {
		t.Fatalf("%+v", got)
	}
	sum := sha256.Sum256([]byte(clitest.Read(t, filepath.Join(dir, "f"))))
	if got := hex.EncodeToString(sum[:]); got != "04fc6ca2814635ddad5a844adbb64c48dce75606403321180cd35200f07ccef9" {
		t.Errorf("%s", got)
	}
	if _, err := os.Stat(filepath.Join(dir, "t")); !os.IsNotExist(err) {
		t.Errorf("the temporary file is still there: %v", err)
	}
}

func TestMistakes(t *testing.T) {
	const fatal = "setforward: fatal: "
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"f": "old", "d/x": ""})
	for _, c := range []struct {
		args   []string
		in     string
		code   int
		stderr string
	}{
		{nil, "", 100, "setforward: usage: setforward data.cdb data.tmp\n"},
		{[]string{"f"}, "", 100, "setforward: usage: setforward data.cdb data.tmp\n"},
		{[]string{"f", "t"}, "a: b", 100, fatal + "final instruction must end with semicolon\n"},
		{[]string{"f", "t"}, "a: b: c;", 100, fatal + "double colons are not permitted\n"},
		{[]string{"f", "t"}, "a, b: c;", 100, fatal + "commas are not permitted before colons\n"},
		{[]string{"f", "t"}, "a: \x00;", 100, fatal + "NUL bytes are not permitted\n"},
		{[]string{"f", "no/t"}, "", 111, fatal + "unable to create no/t: file does not exist\n"},
		{[]string{"no/f", "t"}, "", 111, fatal + "unable to move t to no/f: file does not exist\n"},
		{[]string{"d", "t"}, "", 111, fatal + "unable to move t to d: is a directory\n"},
	} {
		got := clitest.Run(t, "setforward", Run, clitest.World{Dir: dir, Args: c.args, Input: c.in})
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q %q: %+v", c.args, c.in, got)
		}
	}
	if old := clitest.Read(t, filepath.Join(dir, "f")); old != "old" {
		t.Errorf("the database is %q now", old)
	}
	got := clitest.Run(t, "setforward", Run, clitest.World{Dir: dir, Args: []string{"f", "t"}, Stdin: clitest.Open(t, dir)})
	if got.Code != 111 || got.Stderr != fatal+"unable to read input: is a directory\n" {
		t.Errorf("%+v", got)
	}
}
