package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestList(t *testing.T) {
	const fatal = "setmaillist: fatal: "
	for _, c := range []struct{ in, bin, stderr string }{
		{"", "", ""},
		{"a@b.c \t\n\n# x\n&d@e.f\n/abs\n./rel\n|odd", "&a@b.c\x00&d@e.f\x00/abs\x00./rel\x00&|odd\x00", ""},
		{strings.Repeat("x", 800), "&" + strings.Repeat("x", 800) + "\x00", ""},
		{strings.Repeat("x", 801), "", fatal + "addresses must be under 800 bytes\n"},
		{"a@b\x00\n", "", fatal + "NUL in input\n"},
	} {
		dir := t.TempDir()
		clitest.Files(t, dir, map[string]string{"l": "old"})
		code, want := 0, c.bin
		if c.stderr != "" {
			code, want = 111, "old"
		}
		got := clitest.Run(t, "setmaillist", Run, clitest.World{Dir: dir, Args: []string{"l", "t"}, Input: c.in})
		if got.Code != code || got.Stderr != c.stderr {
			t.Errorf("%.50q: %+v", c.in, got)
		}
		if bin := clitest.Read(t, filepath.Join(dir, "l")); bin != want {
			t.Errorf("%.50q makes %.99q, want %.99q", c.in, bin, want)
		}
		if fi, err := os.Stat(filepath.Join(dir, "l")); err != nil || fi.Mode().Perm() != 0o644 {
			t.Errorf("%.50q: %v, %v", c.in, fi.Mode(), err)
		}
	}
}

func TestMistakes(t *testing.T) {
	const fatal = "setmaillist: fatal: "
	for _, c := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{nil, 100, "setmaillist: usage: setmaillist list.bin list.tmp\n"},
		{[]string{"l"}, 100, "setmaillist: usage: setmaillist list.bin list.tmp\n"},
		{[]string{"l", "no/t"}, 111, fatal + "unable to create no/t: file does not exist\n"},
		{[]string{"no/l", "t"}, 111, fatal + "unable to move t to no/l: file does not exist\n"},
	} {
		got := clitest.Run(t, "setmaillist", Run, clitest.World{Args: c.args, Input: "a@b\n"})
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
	clitest.Unreadable(t, "setmaillist", Run, clitest.World{Args: []string{"l", "t"}})
}
