package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestFiles(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "old.example.net\n", "control/locals": "old\n"})
	got := clitest.Run(t, "config-fast", Run, clitest.World{Home: home, Args: []string{"mail.example.org"}})
	want := `Your fully qualified host name is mail.example.org.
Putting mail.example.org into control/me...
Putting example.org into control/defaultdomain...
Putting example.org into control/plusdomain...
Putting mail.example.org into control/locals...
Putting mail.example.org into control/rcpthosts...
Now qmail will refuse to accept SMTP messages except to mail.example.org.
Make sure to change rcpthosts if you add hosts to locals or virtualdomains!
`
	if got.Code != 0 || got.Stdout != want || got.Stderr != "" {
		t.Errorf("%+v", got)
	}
	for file, want := range map[string]string{
		"me": "mail.example.org\n", "defaultdomain": "example.org\n", "plusdomain": "example.org\n",
		"locals": "old\nmail.example.org\n", "rcpthosts": "mail.example.org\n",
	} {
		if got := clitest.Read(t, filepath.Join(home, "control", file)); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
		fi, err := os.Stat(filepath.Join(home, "control", file))
		if err != nil || fi.Mode() != 0o644 {
			t.Errorf("%s: %v %v", file, fi.Mode(), err)
		}
	}
}

func TestFailures(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "mail.example.org\n"})
	for _, args := range [][]string{nil, {""}} {
		got := clitest.Run(t, "config-fast", Run, clitest.World{Home: home, Args: args})
		if got.Code != 100 || got.Stderr != "config-fast: usage: config-fast fqdn\n" {
			t.Errorf("%q: %+v", args, got)
		}
	}
	if got := clitest.Read(t, filepath.Join(home, "control/me")); got != "mail.example.org\n" {
		t.Errorf("control/me is now %q", got)
	}
	got := clitest.Run(t, "config-fast", Run, clitest.World{Home: t.TempDir(), Args: []string{"x.y"}})
	if got.Code != 111 || !strings.HasSuffix(got.Stderr, "unable to write control/me: file does not exist\n") {
		t.Errorf("without control: %+v", got)
	}
}
