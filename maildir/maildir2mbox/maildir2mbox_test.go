package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/lock"
)

// world makes a Maildir md with the given files, delivered a minute after one
// another, in a new folder.
func world(t testing.TB, names []string, texts ...string) clitest.World {
	t.Helper()
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"md/tmp/": "", "md/new/": "", "md/cur/": ""})
	for i, name := range names {
		clitest.Files(t, dir, map[string]string{"md/" + name: texts[i]})
		when := time.Date(2020, 1, 2, 3, i, 0, 0, time.UTC)
		if err := os.Chtimes(filepath.Join(dir, "md", name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	return clitest.World{Dir: dir, Env: []string{"MAILDIR=" + dir + "/md", "MAIL=" + dir + "/mbox", "MAILTMP=" + dir + "/mbox.tmp"}}
}

func left(t testing.TB, w clitest.World) []string {
	t.Helper()
	names, err := filepath.Glob(w.Dir + "/md/[cn][ue][rw]/*")
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestMove(t *testing.T) {
	big := strings.Repeat("0123456789\n", 30_000)
	for _, c := range []struct {
		old  string
		text string
		want string
	}{
		{"", "Return-Path: <a@b.c>\nA: b\n\nbody\n", "From a@b.c DATE\nReturn-Path: <a@b.c>\nA: b\n\nbody\n\n"},
		{"From old\n\nold\n\n", "Return-Path: <>\n\n", "From old\n\nold\n\nFrom MAILER-DAEMON DATE\nReturn-Path: <>\n\n\n"},
		{"From old\n\nold", "A: b\n", "From old\n\nold\nFrom XXX DATE\nA: b\n\n"},
		{"", "Return-Path: <\"a b\"\t@c>\n", "From \"a-b\"-@c DATE\nReturn-Path: <\"a b\"\t@c>\n\n"},
		{"", "Return-Path: a@b\n", "From XXX DATE\nReturn-Path: a@b\n\n"},
		{"", "Return-Path: <", "From MAILER-DAEMON DATE\nReturn-Path: <\n\n"},
		{"", "Return-Path: <a@b.c>\n\nbody\nlast", "From a@b.c DATE\nReturn-Path: <a@b.c>\n\nbody\nlast\n\n"},
		{"", "Return-Path: <a@b.c>", "From a@b.c DATE\nReturn-Path: <a@b.c>\n\n"},
		{"", "", "From XXX DATE\n\n"},
		{"", "From x\n>From y\nFrom", "From XXX DATE\n>From x\n>>From y\nFrom\n\n"},
		{"", "\x00\xff\r\n" + big, "From XXX DATE\n\x00\xff\r\n" + big + "\n"},
		{"", "Return-Path: <" + strings.Repeat("a", 100_000) + ">\n", "From XXX DATE\nReturn-Path: <" + strings.Repeat("a", 100_000) + ">\n\n"},
		{big, "x", big + "From XXX DATE\nx\n\n"},
	} {
		w := world(t, []string{"new/a"}, c.text)
		if c.old != "" {
			clitest.Files(t, w.Dir, map[string]string{"mbox": c.old})
		}
		if got := clitest.Run(t, "maildir2mbox", Run, w); got != (clitest.Result{}) {
			t.Errorf("%.50q: %+v", c.text, got)
		}
		got := clitest.Read(t, w.Dir+"/mbox")
		if want := strings.ReplaceAll(c.want, "DATE", "Thu Jan 02 03:00:00 2020"); got != want {
			t.Errorf("%.50q: mbox is %.200q, want %.200q", c.text, got, want)
		}
		if names := left(t, w); len(names) != 0 {
			t.Errorf("%.50q: %v is still there", c.text, names)
		}
	}
}

func TestOrderAndNames(t *testing.T) {
	w := world(t, []string{"cur/z:2,S", "new/b", "new/a", "new/.hidden", "new/recent"}, "1\n", "2\n", "3\n", "h\n", "r\n")
	w.Now = time.Date(2020, 1, 2, 3, 4, 0, 999, time.UTC) // the second in which "recent" came
	w.Env = []string{"MAILDIR=./md", "MAIL=../mbox", "MAILTMP=tmpbox"}
	if got := clitest.Run(t, "maildir2mbox", Run, w); got != (clitest.Result{}) {
		t.Errorf("%+v", got)
	}
	want := "From XXX Thu Jan 02 03:00:00 2020\n1\n\nFrom XXX Thu Jan 02 03:01:00 2020\n2\n\nFrom XXX Thu Jan 02 03:02:00 2020\n3\n\n"
	if got := clitest.Read(t, w.Dir+"/mbox"); got != want {
		t.Errorf("mbox is %q", got)
	}
	if names := left(t, w); len(names) != 2 || filepath.Base(names[0]) != ".hidden" || filepath.Base(names[1]) != "recent" {
		t.Errorf("left are %v", names)
	}
	if fi, err := os.Stat(w.Dir + "/mbox"); err != nil || fi.Mode() != 0o600 {
		t.Errorf("%v %v", fi, err)
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name   string
		env    []string // replaces an entry
		files  map[string]string
		remove string
		stderr string
	}{
		{name: "no MAIL", env: []string{"MAIL"}, stderr: "MAIL not set"},
		{name: "no MAILTMP", env: []string{"MAILTMP"}, stderr: "MAILTMP not set"},
		{name: "no MAILDIR", env: []string{"MAILDIR"}, stderr: "MAILDIR not set"},
		{name: "no Maildir", env: []string{"MAILDIR=no"}, stderr: "unable to chdir to no: file does not exist"},
		{name: "empty Maildir", env: []string{"MAILDIR="}, stderr: "unable to chdir to : file does not exist"},
		{name: "file", env: []string{"MAILDIR=md/new/a"}, stderr: "unable to chdir to md/new/a: not a directory"},
		{name: "no new", env: []string{"MAILDIR=md/new"}, stderr: "unable to scan $MAILDIR/new: file does not exist"},
		{name: "no cur", remove: "md/cur", stderr: "unable to scan $MAILDIR/cur: file does not exist"},
		{name: "mbox is a folder", files: map[string]string{"mbox/": ""}, stderr: "unable to lock {W}/mbox: is a directory"},
		{name: "mbox cannot be replaced", env: []string{"MAILTMP=/dev/null"}, stderr: "unable to write to /dev/null: invalid argument"},
		{name: "mbox in no folder", env: []string{"MAIL={W}/no/mbox"}, stderr: "unable to lock {W}/no/mbox: file does not exist"},
		{name: "tmp in no folder", env: []string{"MAILTMP=../no/x"}, stderr: "unable to create ../no/x: file does not exist"},
		{name: "mbox without a name", env: []string{"MAIL="}, stderr: "unable to lock : file does not exist"},
		{name: "tmp without a name", env: []string{"MAILTMP="}, stderr: "unable to create : file does not exist"},
		{name: "tmp is mbox", files: map[string]string{"mbox": "old\n"}, env: []string{"MAILTMP={W}/./mbox"}, stderr: "MAILTMP must not be MAIL itself"},
	} {
		w := world(t, []string{"new/a"}, strings.Repeat("text\n", 100))
		for _, e := range c.env {
			name, value, set := strings.Cut(strings.ReplaceAll(e, "{W}/", w.Dir+"/"), "=")
			w.Env = replace(w.Env, name, value, set)
		}
		clitest.Files(t, w.Dir, c.files)
		if c.remove != "" {
			os.Remove(filepath.Join(w.Dir, c.remove))
		}
		if got, want := clitest.Run(t, "maildir2mbox", Run, w), "maildir2mbox: fatal: "+strings.ReplaceAll(c.stderr, "{W}/", w.Dir+"/")+"\n"; got.Code != 111 || got.Stderr != want {
			t.Errorf("%s: %+v, want %q", c.name, got, want)
		}
		if names := left(t, w); len(names) != 1 {
			t.Errorf("%s: left are %v", c.name, names)
		}
		if got := clitest.Read(t, w.Dir+"/md/new/a"); len(got) != 500 {
			t.Errorf("%s: the message is now %q", c.name, got)
		}
	}
}

func replace(env []string, name, value string, set bool) []string {
	var out []string
	for _, e := range env {
		if !strings.HasPrefix(e, name+"=") {
			out = append(out, e)
		}
	}
	if set {
		out = append(out, name+"="+value)
	}
	return out
}

func TestDiskFull(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip(err)
	}
	w := world(t, []string{"new/a"}, strings.Repeat("text\n", 100))
	clitest.Files(t, w.Dir, map[string]string{"mbox": "old\n"})
	w.Env = replace(w.Env, "MAILTMP", "/dev/full", true)
	got := clitest.Run(t, "maildir2mbox", Run, w)
	if got.Code != 111 || got.Stderr != "maildir2mbox: fatal: unable to write to /dev/full: out of disk space\n" {
		t.Errorf("%+v", got)
	}
	if mbox := clitest.Read(t, w.Dir+"/mbox"); mbox != "old\n" || len(left(t, w)) != 1 {
		t.Errorf("mbox %q, left %v", mbox, left(t, w))
	}
}

// Who waits for the lock finds another file under the name when it comes: the
// lock is then taken on that one.
func TestReplacedWhileWaiting(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"mbox": "old", "other": "new"})
	holder := clitest.Open(t, dir+"/mbox")
	if err := lock.Exclusive(holder); err != nil {
		t.Fatal(err)
	}
	done := make(chan *os.File)
	go func() {
		f, err := lockMbox(dir + "/mbox")
		if err != nil {
			t.Error(err)
		}
		done <- f
	}()
	if err := os.Rename(dir+"/other", dir+"/mbox"); err != nil {
		t.Fatal(err)
	}
	if err := lock.Unlock(holder); err != nil {
		t.Fatal(err)
	}
	f := <-done
	if f == nil || !same(f, dir+"/mbox") {
		t.Error("the lock is on a file that is gone")
	}
	f.Close()
}

func FuzzSender(f *testing.F) {
	for _, s := range []string{"Return-Path: <a@b>\n", "Return-Path: <>\n", "Return-Path: <", "x\n", "Return-Path: <a b\t>\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if got := sender(b); strings.Contains(got, "\n") {
			t.Errorf("%q: %q", b, got)
		}
	})
}
