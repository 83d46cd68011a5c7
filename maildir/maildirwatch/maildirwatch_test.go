package main

import (
	"bufio"
	"os"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/watch"
)

func TestSummary(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", "FROM ? TO <?>\n\n\n"},
		{"Return-Path: <a@b>\nDelivered-To: j@x\nFrom: A\nSubject: hi\n\nbody\nmore\n",
			"FROM <a@b> TO <j@x>\n\033[1mFrom: A\033[0m\nhi//body/more/\n\n"},
		{"Delivered-To: j@x\nDelivered-To: k@x\nReturn-Path: <>\n", "FROM <> TO <k@x>\n\n\n"},
		{"Delivered-To:\nReturn-Path:\nFrom:\n", "FROM ? TO <?>\n\033[1mFrom:\033[0m\n\n\n"},
		{"Return-Path: \x1b[2J\nDelivered-To: \xff\nFrom: \x00\n b\nSubject: \x07\n", "FROM ?[2J TO <?>\n\033[1mFrom: // b\033[0m\n//\n\n"},
		{"Subject: " + strings.Repeat("s", 150) + "\n\n" + strings.Repeat("b", 99), "FROM ? TO <?>\n" + strings.Repeat("s", 150) + "//bbbbbb\n\n"},
		{"Subject: " + strings.Repeat("s", 200) + "\nFrom: late\n\n", "FROM ? TO <?>\n\033[1mFrom: late\033[0m\n" + strings.Repeat("s", 158) + "\n\n"},
	} {
		s, err := summarize(strings.NewReader(c.in))
		if err != nil || s.String() != c.want {
			t.Errorf("%q: %q %v", c.in, s, err)
		}
	}
}

func TestFailures(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"empty/": ""})
	for _, c := range []struct {
		env  []string
		want string
	}{
		{nil, "MAILDIR not set"},
		{[]string{"MAILDIR=no"}, "unable to chdir to no: file does not exist"},
		{[]string{"MAILDIR=empty"}, "unable to scan $MAILDIR/new: file does not exist"},
	} {
		got := clitest.Run(t, "maildirwatch", Run, clitest.World{Dir: dir, Env: c.env})
		if got != (clitest.Result{Code: 111, Stderr: "maildirwatch: fatal: " + c.want + "\n"}) {
			t.Errorf("%q: %+v", c.env, got)
		}
	}
}

// screens runs the program until stop is called, and hands out what it shows
// screen by screen.
func screens(t *testing.T, dir string, period, settle time.Duration) (next func() string, stop func()) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p, _ := clitest.Proc(t, "maildirwatch", clitest.World{Dir: dir, Env: []string{"MAILDIR=md"}, Now: time.Now().Add(time.Hour)})
	p.Stdout = w
	done := make(chan error)
	go func() { done <- show(p, period, settle) }()
	in := bufio.NewReader(r)
	next = func() string {
		// A screen is over when the next one begins or the program waits; the
		// lines of the last message say which.
		var b strings.Builder
		for !strings.HasSuffix(b.String(), "end/\n\n") {
			line, err := in.ReadString('\n')
			if err != nil {
				t.Fatal(err)
			}
			b.WriteString(line)
		}
		return b.String()
	}
	return next, func() {
		r.Close()
		// The next screen, which a change brings about, finds nobody.
		clitest.Files(t, dir, map[string]string{"md/new/last": ""})
		if err := <-done; err == nil {
			t.Error("the program ended well")
		}
		w.Close()
	}
}

func TestChanges(t *testing.T) {
	changed, stop := watch.Folder(t.TempDir())
	if stop(); changed == nil {
		t.Skip("changes cannot be observed here")
	}
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"md/tmp/": "", "md/cur/": "", "md/new/a": "Subject: one\n\nend\n"})
	next, end := screens(t, dir, time.Hour, 0)
	if got := next(); got != clear+"FROM ? TO <?>\none//end/\n\n" {
		t.Errorf("first screen %q", got)
	}
	clitest.Files(t, dir, map[string]string{"md/tmp/b": "Subject: two\n\nend\n"})
	if err := os.Rename(dir+"/md/tmp/b", dir+"/md/new/b"); err != nil {
		t.Fatal(err)
	}
	got := next()
	if !strings.Contains(got, "two") {
		got += next() // the second message follows the first on the same screen
	}
	if got != clear+"FROM ? TO <?>\none//end/\n\nFROM ? TO <?>\ntwo//end/\n\n" {
		t.Errorf("second screen %q", got)
	}
	end()
}

// Without word of changes the screen comes back all the same.
func TestPeriod(t *testing.T) {
	wait(nil, 0, time.Hour)
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"md/tmp/": "", "md/cur/": "", "md/new/a": "Subject: one\n\nend\n"})
	next, stop := screens(t, dir, 0, 0)
	for range 3 {
		if got := next(); got != clear+"FROM ? TO <?>\none//end/\n\n" {
			t.Errorf("screen %q", got)
		}
	}
	stop()
}

func TestWait(t *testing.T) {
	changed := make(chan struct{}, 1)
	changed <- struct{}{}
	wait(changed, time.Hour, 0) // a change ends it
	changed <- struct{}{}
	if wait(changed, 0, 0); len(changed) > 0 {
		t.Error("it was seen, and is not forgotten")
	}
}
