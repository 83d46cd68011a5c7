package main

import (
	"os"
	"path/filepath"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
)

func TestPrint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	w, err := cdb.Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range [][2]string{{"?l@h", "o@h"}, {":l@h", "&a b@c\x00|x,y\x00./l\x00"}, {":", ""}} {
		if err := w.Add([]byte(r[0]), []byte(r[1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	got := clitest.Run(t, "printforward", Run, clitest.World{Stdin: clitest.Open(t, path)})
	if want := "l@h: ?o@h;\nl@h:\n, &a\\ b@c\n, |x\\,y\n, ./l\n;\n:\n;\n"; got.Code != 0 || got.Stdout != want {
		t.Errorf("%+v", got)
	}
	file, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{"", string(file[:2060])} {
		got := clitest.Run(t, "printforward", Run, clitest.World{Input: in})
		if got.Code != 100 || got.Stdout != "" || got.Stderr != "printforward: fatal: bad database format\n" {
			t.Errorf("%d bytes: %+v", len(in), got)
		}
	}
	clitest.Unreadable(t, "printforward", Run, clitest.World{})
}
