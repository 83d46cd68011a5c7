package main

import (
	"os"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/sys"
)

func TestSummary(t *testing.T) {
	const full = width - len(indent)
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"From: x\nSubject:  hello\n\nbody\nmore\n", "hello\n\nbody\nmore\n"},
		{"SUBJECT : a\n b\nX: y\n", "a\n b\n"},
		{"no header", "\nno header\n"},
		{"Subject:" + strings.Repeat(" ", 200) + strings.Repeat("a", 200) + "\n\nb\n", strings.Repeat("a", full)},
		{"X: y\n\n" + strings.Repeat("b\n", 200), ("\n" + strings.Repeat("b\n", 200))[:full]},
	} {
		if got, err := summarize(strings.NewReader(c.in)); got != c.want || err != nil {
			t.Errorf("%q: %q %v", c.in, got, err)
		}
	}
}

// Whatever it is fed, the program only ever says nothing.
func TestHarmless(t *testing.T) {
	env := []string{"USER=no such user", "SENDER=s@x", "LOCAL=j"}
	for i := range env {
		without := append(append([]string{}, env[:i]...), env[i+1:]...)
		if got := clitest.Run(t, "qbiff", Run, clitest.World{Env: without, Args: []string{"-x"}}); got != (clitest.Result{}) {
			t.Errorf("without %s: %+v", env[i], got)
		}
	}
	if got := clitest.Run(t, "qbiff", Run, clitest.World{Env: env, Input: "\x1b\x00\xff"}); got != (clitest.Result{}) {
		t.Errorf("%+v", got)
	}
	if got := clitest.Run(t, "qbiff", Run, clitest.World{Env: env, Stdin: clitest.Open(t, os.TempDir())}); got != (clitest.Result{}) {
		t.Errorf("unreadable message: %+v", got)
	}
}

func TestAnnounce(t *testing.T) {
	dev := t.TempDir()
	clitest.Files(t, dev, map[string]string{"ttyp1": "", "ttyp2": "", "pts/3": "", "tty.4": "", "ttyp5": ""})
	for _, tty := range []string{"ttyp1", "pts/3", "tty.4", "ttyp5"} {
		if err := os.Chmod(dev+"/"+tty, 0o720); err != nil {
			t.Fatal(err)
		}
	}
	logins := []sys.Login{
		{User: "joe", Line: "ttyp1"}, {User: "joe", Line: "ttyp2"}, {User: "joe", Line: "pts/3"}, {User: "joe", Line: "tty.4"},
		{User: "bob", Line: "ttyp5"}, {User: "joe", Line: dev + "/ttyp5"}, {User: "joe", Line: "../ttyp5"}, {User: "joe", Line: "gone"},
	}
	own := terminals{dev: dev + "/", uid: os.Getuid(), deadline: time.Now().Add(patience)}
	other := own
	other.uid++
	other.announce(logins, "joe", "not mine\n")
	own.announce(logins, "joe", "hello\n")
	for tty, want := range map[string]string{"ttyp1": "hello\n", "ttyp2": "", "pts/3": "hello\n", "tty.4": "", "ttyp5": ""} {
		if got := clitest.Read(t, dev+"/"+tty); got != want {
			t.Errorf("%s: %q", tty, got)
		}
	}
	if _, err := os.Stat(dev + "/gone"); err == nil {
		t.Error("a terminal was created")
	}
}
