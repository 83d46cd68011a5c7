package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
)

var now = time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)

// world makes a home and a Maildir in it, a message a day, the last one now.
func world(t *testing.T, messages ...string) (home string) {
	t.Helper()
	home = t.TempDir()
	files := map[string]string{"md/tmp/": "", "md/new/": "", "md/cur/": "", "control/me": "me.example\n", "control/doublebounceto": "dd\n"}
	for i, text := range messages {
		files["md/new/"+string(rune('a'+i))] = text
	}
	clitest.Files(t, home, files)
	for i := range messages {
		at := now.AddDate(0, 0, i+1-len(messages)).Add(-time.Second)
		if err := os.Chtimes(home+"/md/new/"+string(rune('a'+i)), at, at); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

const (
	plain  = "Return-Path: <s@x>\nDelivered-To: p-joe@h\nSubject: s\n\nbody\n"
	bounce = "Return-Path: <>\nDelivered-To: p-ann@h\n\nbounce\n"
	triple = "Return-Path: <#@[]>\nDelivered-To: p-ann@h\n\nx\n"
	others = "Return-Path: <s@x>\nDelivered-To: q-joe@h\n\nx\n"
)

func left(t *testing.T, home string) string {
	t.Helper()
	files, err := filepath.Glob(home + "/md/new/*")
	if err != nil {
		t.Fatal(err)
	}
	names := ""
	for _, f := range files {
		names += filepath.Base(f)
	}
	return names
}

func TestResults(t *testing.T) {
	const info, answer = "maildirserial: info: ", `tr '\0' '\n' | while read f; do `
	for _, c := range []struct {
		what, options, client string
		code                  int
		left, stderr          string
	}{
		{"nothing for the prefix", "", "echo ran >&2", 0, "d", ""},
		{"taken", "", answer + `printf '%s\0Kfine\n' $f; done`, 0, "d",
			info + "new/a succeeded: fine\n" + info + "new/b succeeded: fine\n" + info + "new/c succeeded: fine\n"},
		{"refused", "", answer + `printf '%s\0Dno\n' $f; done`, 111, "abcd",
			info + "new/a failed: no\n" + info + "new/b failed: no\n" + info + "new/c failed: no\n"},
		{"deferred", "-b", answer + `printf '%s\0Zno\n' $f; done`, 111, "abcd",
			info + "new/a failed temporarily: no\n" + info + "new/b failed temporarily: no\n" + info + "new/c failed temporarily: no\n"},
		{"nothing said", "", "cat > /dev/null", 111, "abcd", "maildirserial: fatal: making no progress, giving up\n"},
		{"given up", "", "exit 100", 100, "abcd", ""},
		{"crashed", "", "kill -9 $$", 111, "abcd", "maildirserial: fatal: client crashed\n"},
		{"not given", "", `printf 'new/d\0Kfine\n'; exit 100`, 100, "abcd", "maildirserial: warning: client reports on new/d, which is not its to send\n"},
		{"half a result", "", `printf 'new/a\0Kfin'; exit 100`, 100, "abcd", ""},
	} {
		home := world(t, plain, bounce, triple, others)
		args := append(strings.Fields(c.options), "md", "p-", "sh", "-c", c.client)
		if c.what == "nothing for the prefix" {
			args[1] = "x-"
			c.left = "abcd"
		}
		got := clitest.Run(t, "maildirserial", Run, clitest.World{Home: home, Dir: home, Args: args, Now: now})
		if got.Code != c.code || got.Stderr != c.stderr || left(t, home) != c.left {
			t.Errorf("%s: %+v, left %s", c.what, got, left(t, home))
		}
	}
}

func TestBounces(t *testing.T) {
	const head = "Date: 2 Nov 2026 03:04:05 -0000\nFrom: MAILER-DAEMON@me.example\nTo: "
	const greet = "\nSubject: failure notice\n\nHi. This is the maildirbounce program at me.example.\n"
	const single = "I'm afraid I wasn't able to deliver your message to the following address.\nThis is a permanent error; I've given up. Sorry it didn't work out.\n\n"
	for _, c := range []struct{ what, options, status, message, envelope, text string }{
		{"refused", "-b", "D", plain, "F Ts@x  ", head + "s@x" + greet + single +
			"<joe@h>:\nno\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <s@x>\nSubject: s\n\nbody\n"},
		{"too old", "-bt86399", "Z", plain, "F Ts@x  ", head + "s@x" + greet + single +
			"<joe@h>:\nno\nThis message is too old. Giving up.\n\n--- Below this line is a copy of the message.\n\nReturn-Path: <s@x>\nSubject: s\n\nbody\n"},
		{"double", "-b", "D", bounce, "F#@[] Tdd@me.example  ", head + "dd@me.example" + greet +
			"I tried to deliver a bounce message to this address, but the bounce bounced!\n\n<ann@h>:\nno\n\n--- Below this line is the original bounce.\n\nReturn-Path: <>\n\nbounce\n"},
		{"triple", "-b", "D", triple, "", ""},
	} {
		home := world(t, c.message, others)
		q := clitest.NewQueue(t, 0)
		got := clitest.Run(t, "maildirserial", Run, clitest.World{
			Home: home, Dir: home, Now: now, Env: []string{q.Env()},
			Args: []string{c.options, "--", "md", "p-", "sh", "-c", `cat > /dev/null; printf 'new/a\0` + c.status + `no\n'`},
		})
		if got.Code != 0 || left(t, home) != "b" || !strings.HasPrefix(got.Stderr, "maildirserial: info: new/a bounced: no\n") {
			t.Errorf("%s: %+v, left %s", c.what, got, left(t, home))
		}
		if c.text == "" {
			continue
		}
		if text, envelope := q.Message(t), strings.ReplaceAll(q.Envelope(t), "\x00", " "); text != c.text || envelope != c.envelope {
			t.Errorf("%s: %q\n%q", c.what, envelope, text)
		}
	}
}

func TestNoBounce(t *testing.T) {
	home := world(t, plain)
	w := clitest.World{
		Home: home, Dir: home, Now: now, Env: []string{clitest.NewQueue(t, 53).Env()},
		Args: []string{"-b", "md", "", "sh", "-c", `cat > /dev/null; printf 'new/a\0Dno\n'`},
	}
	got := clitest.Run(t, "maildirserial", Run, w)
	if got.Code != 111 || left(t, home) != "a" || !strings.HasSuffix(got.Stderr, "warning: unable to bounce new/a: qq failed: qq write error or disk full (#4.3.0)\n") {
		t.Errorf("%+v", got)
	}
	clitest.Files(t, home, map[string]string{"md/new/a": "junk\n"})
	if err := os.Chtimes(home+"/md/new/a", now.Add(-time.Hour), now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	got = clitest.Run(t, "maildirserial", Run, w)
	if got.Code != 111 || left(t, home) != "a" || !strings.HasSuffix(got.Stderr, "warning: unable to bounce new/a: bad file format\n") {
		t.Errorf("%+v", got)
	}
}

// The second line decides what is for the prefix. That a message has no sender
// is not passed over in silence.
func TestWithoutSender(t *testing.T) {
	home := world(t, "x\nDelivered-To: p-ann@h\n", "Return-Path: <a>\nx\nDelivered-To: p-ann@h\n")
	got := clitest.Run(t, "maildirserial", Run, clitest.World{Home: home, Dir: home, Now: now, Args: []string{"md", "p-", "sh", "-c", `tr '\0' '\n' >&2; exit 100`}})
	if got.Code != 100 || got.Stderr != "new/a\n" {
		t.Errorf("%+v", got)
	}
}

func TestUnusable(t *testing.T) {
	home := world(t, plain)
	usage := "maildirserial: usage: maildirserial [ -b ] [ -t lifetime ] dir prefix client [ arg ... ]\n"
	for _, c := range []struct {
		args   string
		code   int
		stderr string
	}{
		{"md p-", 100, usage},
		{"-x md p- true", 100, "maildirserial: illegal option -- x\n" + usage},
		{"-t", 100, "maildirserial: option requires an argument -- t\n" + usage},
		{"none p- true", 111, "maildirserial: fatal: unable to chdir to none: file does not exist\n"},
		{"control p- true", 111, "maildirserial: fatal: unable to scan $MAILDIR/new: file does not exist\n"},
		{"md p- no-such-client", 111, "maildirserial: fatal: unable to run no-such-client: file does not exist\n"},
	} {
		got := clitest.Run(t, "maildirserial", Run, clitest.World{Home: home, Dir: home, Now: now, Args: strings.Fields(c.args)})
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}
