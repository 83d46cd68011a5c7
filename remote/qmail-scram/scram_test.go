package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/sasl"
)

func TestTable(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/": ""})
	path := filepath.Join(home, "control/scram.cdb")
	run := func(input string, args ...string) clitest.Result {
		t.Helper()
		return clitest.Run(t, "qmail-scram", Run, clitest.World{Home: home, Input: input, Args: args})
	}
	if r := run("# a comment\n\njoe:pen:cil\nann:x", "-i", "4096"); r.Code != 0 || r.Stderr != "" {
		t.Fatalf("%+v", r)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", fi, err)
	}
	v, err := sasl.OpenVerifiers(path)
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	for user, password := range map[string]string{"joe": "pen:cil", "ann": "x"} {
		got, known, err := v.Find(user)
		if err != nil || !known || got.Iterations != 4096 || len(got.Salt) != sasl.SaltSize {
			t.Fatalf("%s: %+v, %v, %v", user, got, known, err)
		}
		want, err := sasl.NewVerifier(password, got.Salt, 4096)
		if err != nil || string(want.Bytes()) != string(got.Bytes()) {
			t.Errorf("%s: the record is not of that password, %v", user, err)
		}
	}
	if _, known, _ := v.Find("# a comment"); known {
		t.Error("a comment is a user")
	}
	// A second table is readable by whom the first was.
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if r := run("joe:\u00a0x\n", "-i", "4096"); r.Code != 0 { // prepared: a space
		t.Fatalf("%+v", r)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != 0o640 {
		t.Errorf("%v, %v", fi, err)
	}
	if names, _ := os.ReadDir(filepath.Dir(path)); len(names) != 1 {
		t.Errorf("left: %v", names)
	}
}

func TestRefusals(t *testing.T) {
	usage := "qmail-scram: usage: qmail-scram [ -i iterations ] [ file ]\n"
	for _, c := range []struct {
		input string
		args  string
		code  int
		text  string
	}{
		{"joe\n", "t", 100, "qmail-scram: fatal: unable to understand line 1: no colon\n"},
		{"a:b\n:x\n", "t", 100, "qmail-scram: fatal: unable to understand line 2: no user name that SASL allows\n"},
		{"a:\n", "t", 100, "qmail-scram: fatal: unable to understand line 1: no password that SASL allows\n"},
		{"a:\x07\n", "t", 100, "qmail-scram: fatal: unable to understand line 1: no password that SASL allows\n"},
		{strings.Repeat("x", 5000), "t", 100, "qmail-scram: fatal: unable to understand line 1: too long\n"},
		{"a:b\n", "no/t", 111, "qmail-scram: fatal: unable to write DIR/no/t.tmp: file does not exist\n"},
		{"", "-i 100 t", 100, usage},
		{"", "-i 5000x t", 100, usage},
		{"", "-x", 100, usage},
		{"", "a b", 100, usage},
	} {
		dir := t.TempDir()
		r := clitest.Run(t, "qmail-scram", Run, clitest.World{Dir: dir, Input: c.input, Args: strings.Fields(c.args)})
		if text := strings.ReplaceAll(r.Stderr, dir, "DIR"); r.Code != c.code || text != c.text {
			t.Errorf("%q %q: %d %q", c.input, c.args, r.Code, text)
		}
		if names, _ := os.ReadDir(dir); len(names) != 0 {
			t.Errorf("%q %q: left %v", c.input, c.args, names)
		}
	}
}
