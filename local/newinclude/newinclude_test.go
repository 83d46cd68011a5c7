package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestLists(t *testing.T) {
	const fatal = "newinclude: fatal: "
	for _, c := range []struct {
		in     string
		bin    string
		stderr string
	}{
		{"", "", ""},
		{"# x\na@b.c, Fred <d@e.f>\njoe\nx@y\nz@w+", "&d@e.f\x00&a@b.c\x00&joe@host.x\x00&x@y.env.x\x00&z@w.me.x\x00", ""},
		{":include:/l, :include:m\n", "./m\x00/l\x00", ""},
		{"<>\n", "", ""},
		{"/file\n", "", fatal + "file delivery /file not supported\n"},
		{"\"|prog x\"\n", "", fatal + "program delivery |prog x not supported\n"},
		{"a (\n", "", fatal + "unable to parse this line: a (\n\n"},
		{":include:a\x00\n", "", fatal + "NUL not permitted in :include: filenames\n"},
		{"a\x00@b.c\n", "", fatal + "NUL not permitted in recipient addresses\n"},
		{"x@\"h.y \"\n", "", fatal + "spaces and tabs not permitted at ends of addresses\n"},
		{strings.Repeat("x", 801) + "@b.c\n", "", fatal + "addresses must be under 800 bytes\n"},
	} {
		w := clitest.World{Home: t.TempDir(), Dir: t.TempDir(), Args: []string{"l", "ignored"}, Env: []string{"QMAILDEFAULTDOMAIN=env.x"}}
		clitest.Files(t, w.Home, map[string]string{"control/me": "me.x\n", "control/defaulthost": "host.x\n"})
		clitest.Files(t, w.Dir, map[string]string{"l": c.in, "l.bin": "old"})
		code, want := 0, c.bin
		if c.stderr != "" {
			code, want = 111, "old"
		}
		got := clitest.Run(t, "newinclude", Run, w)
		if got.Code != code || got.Stderr != c.stderr {
			t.Errorf("%.50q: %+v", c.in, got)
		}
		if bin := clitest.Read(t, filepath.Join(w.Dir, "l.bin")); bin != want {
			t.Errorf("%.50q makes %q, want %q", c.in, bin, want)
		}
		if fi, err := os.Stat(filepath.Join(w.Dir, "l.bin")); code == 0 && (err != nil || fi.Mode().Perm() != 0o644) {
			t.Errorf("%.50q: mode %v, %v", c.in, fi.Mode(), err)
		}
	}
}

func TestMistakes(t *testing.T) {
	w := clitest.World{}
	if got := clitest.Run(t, "newinclude", Run, w); got.Code != 100 || got.Stderr != "newinclude: usage: newinclude list\n" {
		t.Errorf("%+v", got)
	}
	w.Args = []string{"none"}
	if got := clitest.Run(t, "newinclude", Run, w); got.Code != 111 || got.Stderr != "newinclude: fatal: unable to read none: file does not exist\n" {
		t.Errorf("%+v", got)
	}
}
