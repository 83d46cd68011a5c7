package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
)

const table = `
root@h.x: one@a.b, two@a.b;
@wild.x: w@a.b, ?owner@wild.x;
pm@: pm@a.b;
self@h.x: self@h.x;
loop@h.x: pool@h.x; pool@h.x: loop@h.x, end@a.b;
list@h.x: ./l.bin, ?list-owner@h.x;
outer@h.x: list@h.x, one@a.b;
private@h.x: ./p.bin;
missing@h.x: ./m.bin;
p@h.x: |echo\ first, !cat, p@a.b;
bad@h.x: |exit\ 77;
soft@h.x: |exit\ 1;
killed@h.x: |kill\ -9\ $$;
`

var queued = regexp.MustCompile(`qp [0-9]+`)

// world is a folder with the database of table, f.cdb, and lists.
func world(t *testing.T) clitest.World {
	t.Helper()
	w := clitest.World{Dir: t.TempDir(), Env: []string{"SENDER=s@t", "DTLINE=D: x\n", "RPLINE=R: x\n", "UFLINE=From x\n"}}
	clitest.Files(t, w.Dir, map[string]string{
		"l.bin": "&m1@a.b\x00&\x00./l.bin\x00|prog\x00&m2@a.b\x00&cut", "p.bin": "&x@y\x00",
	})
	clitest.Script(t, filepath.Join(w.Dir, "preline"), "printf '%s%s%s' \"$UFLINE\" \"$RPLINE\" \"$DTLINE\"; \"$@\"")
	w.Env = append(w.Env, "PATH="+w.Dir+":/usr/bin:/bin")
	if err := os.Chmod(filepath.Join(w.Dir, "p.bin"), 0o600); err != nil {
		t.Fatal(err)
	}
	db, err := cdb.Create(filepath.Join(w.Dir, "f.cdb"), 0o644)
	if err == nil {
		err = aliases.ReadTable(strings.NewReader(table), db.Add)
	}
	if err == nil {
		err = db.Finish()
	}
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestShow(t *testing.T) {
	base := world(t)
	for _, c := range []struct {
		recipient, flags string
		code             int
		stderr           string
	}{
		{"ROOT@H.x", "-n", 0, "from <s@t>\nto <one@a.b>\nto <two@a.b>\n"},
		{"any@wild.x", "-n", 0, "from <owner@wild.x>\nto <w@a.b>\n"},
		{"pm@other", "-np", 99, "from <s@t>\nto <pm@a.b>\n"},
		{"self@h.x", "-n", 0, "no forwarding\n"},
		{"loop@h.x", "-n", 0, "from <s@t>\nto <end@a.b>\n"},
		{"list@h.x", "-n", 0, "from <list-owner@h.x>\nto <m1@a.b>\nto <m2@a.b>\n"},
		{"outer@h.x", "-n", 0, "from <s@t>\nto <list@h.x>\nto <one@a.b>\n"},
		{"p@h.x", "-n", 0, "run |echo first\nrun !cat\nfrom <s@t>\nto <p@a.b>\n"},
		{"none@h.x", "-n", 100, "Sorry, no mailbox here by that name. (#5.1.1)\n"},
		{"none@h.x", "-npPp", 0, ""},
		{"root", "-n", 100, "Sorry, no mailbox here by that name. (#5.1.1)\n"},
		{"private@h.x", "-n", 111, "fastforward: fatal: ./p.bin is not world-readable\n"},
		{"missing@h.x", "-n", 111, "fastforward: fatal: unable to read ./m.bin: file does not exist\n"},
	} {
		w := base
		w.Args, w.Env = []string{c.flags, "f.cdb"}, append(w.Env, "RECIPIENT="+c.recipient)
		if got := clitest.Run(t, "fastforward", Run, w); got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%s %s: %+v", c.recipient, c.flags, got)
		}
	}
}

func TestForward(t *testing.T) {
	base := world(t)
	for _, c := range []struct {
		recipient      string
		exit, code     int
		stdout, stderr string
		envelope       string
	}{
		{"root@h.x", 0, 0, "", "fastforward: qp N\n", "Fs@t\x00Tone@a.b\x00Ttwo@a.b\x00\x00"},
		{"p@h.x", 0, 0, "first\nFrom x\nR: x\nD: x\nSubject: x\n", "fastforward: qp N\n", "Fs@t\x00Tp@a.b\x00\x00"},
		{"self@h.x", 0, 0, "", "", ""},
		{"bad@h.x", 0, 100, "", "", ""},
		{"soft@h.x", 0, 111, "", "", ""},
		{"killed@h.x", 0, 111, "", "fastforward: fatal: child crashed in |kill -9 $$\n", ""},
		{"root@h.x", 11, 100, "", "fastforward: fatal: envelope address too long for qq (#5.1.3)\n", "Fs@t\x00Tone@a.b\x00Ttwo@a.b\x00\x00"},
		{"root@h.x", 53, 111, "", "fastforward: fatal: qq write error or disk full (#4.3.0)\n", "Fs@t\x00Tone@a.b\x00Ttwo@a.b\x00\x00"},
	} {
		for _, piped := range []bool{false, true} {
			q := clitest.NewQueue(t, c.exit)
			w := base
			w.Args, w.Env = []string{"f.cdb"}, append(w.Env, "RECIPIENT="+c.recipient, q.Env())
			if w.Input = "Subject: x\n"; piped {
				r, in, err := os.Pipe()
				if err != nil {
					t.Fatal(err)
				}
				defer r.Close()
				in.WriteString(w.Input)
				in.Close()
				w.Stdin = r
			}
			got := clitest.Run(t, "fastforward", Run, w)
			if got.Code != c.code || got.Stdout != c.stdout || queued.ReplaceAllString(got.Stderr, "qp N") != c.stderr || q.Envelope(t) != c.envelope {
				t.Errorf("%s, piped %v: %+v %q", c.recipient, piped, got, q.Envelope(t))
			}
			if c.envelope != "" && q.Message(t) != "D: x\nSubject: x\n" {
				t.Errorf("%s: %q", c.recipient, q.Message(t))
			}
		}
	}
}

func TestEnvironment(t *testing.T) {
	base := world(t)
	for _, c := range []struct {
		flags  string
		env    []string
		code   int
		stderr string
	}{
		{"-nd", []string{"DEFAULT=root", "EXT=x", "HOST=h.x", "SENDER=a\tb\xff"}, 0, "from <a_b_>\nto <one@a.b>\nto <two@a.b>\n"},
		{"-nd", []string{"EXT=root", "HOST=h.x", "SENDER="}, 0, "from <>\nto <one@a.b>\nto <two@a.b>\n"},
		{"-ndD", []string{"EXT=x", "HOST=y", "RECIPIENT=root@h.x"}, 0, "from <original envelope sender>\nto <one@a.b>\nto <two@a.b>\n"},
		{"-n", []string{"RECIPIENT=list@h.x", "SENDER=#@[]"}, 0, "from <#@[]>\nto <m1@a.b>\nto <m2@a.b>\n"},
		{"-d", []string{"HOST=h.x"}, 100, "fastforward: fatal: $DEFAULT or $EXT must be set\n"},
		{"-d", []string{"EXT=root"}, 100, "fastforward: fatal: $HOST must be set\n"},
		{"-N", nil, 100, "fastforward: fatal: $RECIPIENT must be set\n"},
		{"-N", []string{"RECIPIENT=root@h.x"}, 100, "fastforward: fatal: $SENDER must be set\n"},
	} {
		w := base
		w.Args, w.Env = []string{c.flags, "f.cdb"}, c.env
		if got := clitest.Run(t, "fastforward", Run, w); got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%s %q: %+v", c.flags, c.env, got)
		}
	}
}

func TestMistakes(t *testing.T) {
	base := world(t)
	base.Env = append(base.Env, "RECIPIENT=a@b")
	clitest.Files(t, base.Dir, map[string]string{"text": "no database"})
	for _, c := range []struct {
		args   []string
		code   int
		stderr string
	}{
		{nil, 100, "fastforward: usage: fastforward [ -nNpP ] data.cdb\n"},
		{[]string{"-x"}, 100, "fastforward: illegal option -- x\nfastforward: usage: fastforward [ -nNpP ] data.cdb\n"},
		{[]string{"none"}, 111, "fastforward: fatal: unable to read none: file does not exist\n"},
		{[]string{"text"}, 111, "fastforward: fatal: unable to read text: input/output error\n"},
	} {
		w := base
		w.Args = c.args
		if got := clitest.Run(t, "fastforward", Run, w); got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}
