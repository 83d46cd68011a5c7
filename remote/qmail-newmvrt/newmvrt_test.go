package main

import (
	"path/filepath"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
)

func TestRecipients(t *testing.T) {
	for args, want := range map[string]map[string]string{
		"":   {"a@b.example": "", "-no@b.example": "", "@c.example": ""},
		"-c": {"a@b.example": "", "no@b.example": "-", "@c.example": ""},
	} {
		home := t.TempDir()
		clitest.Files(t, home, map[string]string{"control/morevalidrcptto": "A@b.example \n# no\n-No@b.example\n@c.example"})
		name, w := "control/morevalidrcptto.cdb", clitest.World{Home: home}
		if args != "" {
			name, w.Args = "control/validrcptto.cdb", []string{args}
		}
		if r := clitest.Run(t, "qmail-newmvrt", Run, w); r.Code != 0 || r.Stderr != "" {
			t.Fatalf("%+v", r)
		}
		table, err := cdb.Open(filepath.Join(home, name))
		if err != nil {
			t.Fatal(err)
		}
		defer table.Close()
		for key, value := range want {
			if data, ok, err := table.Find([]byte(key)); !ok || err != nil || string(data) != value {
				t.Errorf("%s %s: %q %v %v", args, key, data, ok, err)
			}
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-x"}, {"x"}} {
		if r := clitest.Run(t, "qmail-newmvrt", Run, clitest.World{Home: t.TempDir(), Args: args}); r.Code != 100 {
			t.Errorf("%+v", r)
		}
	}
	if r := clitest.Run(t, "qmail-newmvrt", Run, clitest.World{Home: t.TempDir()}); r.Code != 111 || r.Stderr != "qmail-newmvrt: fatal: unable to read control/morevalidrcptto: file does not exist\n" {
		t.Errorf("%+v", r)
	}
}
