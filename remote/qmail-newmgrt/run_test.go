package main

import (
	"path/filepath"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
)

func TestTable(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/moregoodrcptto": "U@B.example\n# none\n"})
	if r := clitest.Run(t, "qmail-newmgrt", Run, clitest.World{Home: home}); r.Code != 0 || r.Stderr != "" {
		t.Fatalf("%+v", r)
	}
	table, err := cdb.Open(filepath.Join(home, "control/moregoodrcptto.cdb"))
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	for key, want := range map[string]bool{"u@b.example": true, "# none": false, "U@B.example": false} {
		if _, ok, err := table.Find([]byte(key)); ok != want || err != nil {
			t.Errorf("%s: %v %v", key, ok, err)
		}
	}
	if r := clitest.Run(t, "qmail-newmgrt", Run, clitest.World{Home: t.TempDir()}); r.Code != 111 || r.Stderr != "qmail-newmgrt: fatal: unable to read control/moregoodrcptto: file does not exist\n" {
		t.Errorf("%+v", r)
	}
}
