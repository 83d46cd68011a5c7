package main

import (
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

// world is a home with helpers that know a host of three addresses, one of
// them without a name; changed replaces some.
func world(t *testing.T, changed map[string]string) string {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/locals": "old\n", "control/rcpthosts": "old\n"})
	helpers := map[string]string{
		"hostname":  "echo Mail",
		"dnsfq":     `test "$1" = mail && echo MAIL.Example.org`,
		"dnsip":     "echo 10.0.0.2; echo 10.0.0.1",
		"ipmeprint": "echo 127.0.0.1; echo 10.0.0.2",
		"dnsptr":    "case $1 in 10.0.0.1) echo hard error >&2; exit 111;; 127*) echo localhost;; *) echo mail.example.org;; esac",
	}
	for name, body := range helpers {
		if other, ok := changed[name]; ok {
			body = other
		}
		if body != "" {
			clitest.Script(t, filepath.Join(home, "setup", name), body)
		}
	}
	return home
}

func TestFiles(t *testing.T) {
	home := world(t, nil)
	got := clitest.Run(t, "config", Run, clitest.World{Home: home})
	want := `Your hostname is mail.
Your host's fully qualified name in DNS is mail.example.org.
Putting mail.example.org into control/me...
Putting example.org into control/defaultdomain...
Putting example.org into control/plusdomain...
` + " " + `
Checking local IP addresses:
10.0.0.1: PTR lookup failed. I assume this address has no DNS name.
10.0.0.2: Adding mail.example.org to control/locals...
127.0.0.1: Adding localhost to control/locals...
` + " " + `
If there are any other domain names that point to you,
you will have to add them to HOME/control/locals.
You don't have to worry about aliases, i.e., domains with CNAME records.
` + " " + `
Copying HOME/control/locals to HOME/control/rcpthosts...
Now qmail will refuse to accept SMTP messages except to those hosts.
Make sure to change rcpthosts if you add hosts to locals or virtualdomains!
`
	if want = strings.ReplaceAll(want, "HOME", home); got.Code != 0 || got.Stdout != want || got.Stderr != "" {
		t.Errorf("%+v", got)
	}
	for file, want := range map[string]string{
		"me": "mail.example.org\n", "defaultdomain": "example.org\n", "plusdomain": "example.org\n",
		"locals": "mail.example.org\nlocalhost\n", "rcpthosts": "mail.example.org\nlocalhost\n",
	} {
		if got := clitest.Read(t, filepath.Join(home, "control", file)); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, c := range []struct {
		changed        map[string]string
		stdout, stderr string
	}{
		{map[string]string{"hostname": "exit 0"}, noHostname + yourself, ""},
		{map[string]string{"hostname": ""}, noHostname + yourself, "config: unable to run hostname: file does not exist\n"},
		{map[string]string{"dnsfq": "echo hard error >&2; exit 111"}, "Your hostname is mail.\n" + noFQDN + yourself, "hard error\n"},
	} {
		home := world(t, c.changed)
		got := clitest.Run(t, "config", Run, clitest.World{Home: home})
		if got.Code != 0 || got.Stdout != c.stdout || got.Stderr != c.stderr {
			t.Errorf("%v: %+v", c.changed, got)
		}
		if locals := clitest.Read(t, filepath.Join(home, "control/locals")); locals != "old\n" {
			t.Errorf("%v: locals is now %q", c.changed, locals)
		}
	}
}

func TestWriteError(t *testing.T) {
	home := world(t, nil)
	clitest.Files(t, home, map[string]string{"control/plusdomain/": ""})
	got := clitest.Run(t, "config", Run, clitest.World{Home: home})
	if got.Code != 111 || got.Stderr != "config: fatal: unable to write control/plusdomain: is a directory\n" {
		t.Errorf("%+v", got)
	}
}

func TestOutputBound(t *testing.T) {
	var l limited
	for range 3 {
		if n, err := l.Write(make([]byte, maxOutput/2+1)); n != maxOutput/2+1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if l.Len() != maxOutput {
		t.Errorf("kept %d bytes", l.Len())
	}
}
