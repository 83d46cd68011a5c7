package main

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
)

// run converts the aliases file text in a folder of its own.
func run(t *testing.T, text string) (dir string, got clitest.Result) {
	t.Helper()
	dir = t.TempDir()
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "me.x\n", "control/defaulthost": "host\n", "control/plusdomain": "plus.x\n"})
	clitest.Files(t, dir, map[string]string{"aliases": text})
	got = clitest.Run(t, "newaliases", func(p *cmd.Proc) error { return convert(p, dir) }, clitest.World{Home: home})
	return dir, got
}

func TestInstructions(t *testing.T) {
	for in, want := range map[string]string{
		"":                                 "",
		"Root: Bob, fred@h, x@y+\n":        "root@:\n, &x@y.plus.x\n, &fred@h.me.x\n, &Bob@host.me.x\n;\n",
		"a: b@c.d,\n\te@f.g\n\n \n":        "a@:\n, &e@f.g\n, &b@c.d\n;\n",
		"# x: y\n more\na@b: c@d.e":        "a@b:\n, &c@d.e\n;\n",
		"w: \"|prog x\", :include:/l\n":    "w@:\n, /l.bin\n, !prog\\ x\n;\n",
		"l: :include:l\n":                  "l@:\n, ./l.bin\n;\n",
		"Owner-L: o@p.q\nowner-: o@p.q\n":  "l@: ?Owner-L@host.me.x;\nowner-l@:\n, &o@p.q\n;\nowner-@:\n, &o@p.q\n;\n",
		"owner-l@h: o@p.q\n":               "l@h: ?owner-l@h.me.x;\nowner-l@h:\n, &o@p.q\n;\n",
		"root bob@c.d\r\n":                 "root@:\n, &bob@c.d\n;\n",
		"everybody: a@b.c (A), B <b@b.c>;": "everybody@:\n, &b@b.c\n, &a@b.c\n;\n",
	} {
		dir, got := run(t, in)
		if got.Code != 0 || got.Stderr != "" {
			t.Errorf("%q: %+v", in, got)
			continue
		}
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		file := clitest.Read(t, filepath.Join(dir, "aliases.cdb"))
		if err := cdb.Each(strings.NewReader(file), func(k, d []byte) error { return aliases.PrintRecord(w, k, d) }); err != nil {
			t.Fatal(err)
		}
		if w.Flush(); out.String() != want {
			t.Errorf("%q makes %q, want %q", in, out.String(), want)
		}
	}
}

func TestMistakes(t *testing.T) {
	const fatal = "newaliases: fatal: "
	for _, c := range []struct {
		in     string
		code   int
		stderr string
	}{
		{"root\n", 111, fatal + "unable to parse this line: root\n\n"},
		{"root:\n", 111, fatal + "unable to parse this line: root:\n\n"},
		{"\"|x\"\n", 111, fatal + "unable to parse this line: \"|x\"\n\n"},
		{"a: (\n", 111, fatal + "unable to parse this line: a: (\n\n"},
		{"a: /file\n", 111, fatal + "file delivery /file not supported\n"},
		{"a: <>\n", 111, fatal + "empty recipient addresses not permitted\n"},
		{"a: :include:\n", 111, fatal + "empty :include: filenames not permitted\n"},
		{"a: :include:x\x00\n", 111, fatal + "NUL not permitted in :include: filenames\n"},
		{"a: b\x00\n", 111, fatal + "NUL not permitted in recipient addresses\n"},
		{"a: |b\x00\n", 111, fatal + "NUL not permitted in program names\n"},
		{"a: |\"b c\"\n", 111, fatal + "empty program names not permitted\n"},
		{"a: " + strings.Repeat("x", 801) + "@h.x\n", 100, fatal + "addresses over 800 bytes are not permitted\n"},
	} {
		dir, got := run(t, c.in)
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%.50q: %+v", c.in, got)
		}
		if _, err := os.Stat(filepath.Join(dir, "aliases.cdb")); !os.IsNotExist(err) {
			t.Errorf("%.50q: there is a database: %v", c.in, err)
		}
	}
}

func TestFiles(t *testing.T) {
	dir, got := run(t, "a: b@c.d\n")
	if fi, err := os.Stat(filepath.Join(dir, "aliases.cdb")); got.Code != 0 || err != nil || fi.Mode().Perm() != 0o644 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(dir, "aliases.tmp")); !os.IsNotExist(err) {
		t.Errorf("the temporary file is still there: %v", err)
	}
	none := t.TempDir()
	got = clitest.Run(t, "newaliases", func(p *cmd.Proc) error { return convert(p, none) }, clitest.World{})
	if want := "newaliases: fatal: unable to read " + none + "/aliases: file does not exist\n"; got.Code != 111 || got.Stderr != want {
		t.Errorf("%+v", got)
	}
}
