package main

import (
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

var env = []string{
	"UFLINE=From s\n", "RPLINE=Return-Path: <s>\n", "DTLINE=Delivered-To: j\n",
	"SENDER=s@y", "HOST=x.org", "LOCAL=fax-Joe",
}

func TestMailer(t *testing.T) {
	const usage = "qsmhook: fatal: incorrect usage\n"
	big := strings.Repeat("0123456789\n", 100_000)
	for _, c := range []struct {
		args  []string
		input string
		want  clitest.Result
	}{
		{[]string{"cat"}, "m\n", clitest.Result{Stdout: "From s\nm\n"}},
		{[]string{"-n", "cat"}, "m", clitest.Result{Stdout: "m"}},
		{[]string{"-lP", "cat"}, "m\n", clitest.Result{Stdout: "From s\nReturn-Path: <s>\nDelivered-To: j\nm\n"}},
		{[]string{"-DFMmsn", "cat"}, "m\n", clitest.Result{Stdout: "m\n"}},
		{[]string{"echo", "%u@%h", "%g", "%%u", "%x%y.", "%"}, "", clitest.Result{Stdout: "fax-Joe@x.org s@y %u . \n"}},
		{[]string{"-xFAX-", "echo", "%u"}, "", clitest.Result{Stdout: "Joe\n"}},
		{[]string{"-x", "tax-", "echo", "%u"}, "", clitest.Result{Stdout: "fax-Joe\n"}},
		{[]string{"-nxfax-Joe-and-more", "echo", "%u"}, "", clitest.Result{Stdout: "fax-Joe\n"}},
		{[]string{"sh", "-c", "exit 42"}, big, clitest.Result{Code: 42}},
		{[]string{"sh", "-c", "cat >/dev/null; kill -9 $$"}, "", clitest.Result{Code: 111, Stderr: "qsmhook: fatal: temporary problem\n"}},
		{[]string{"no-such-program"}, "", clitest.Result{Code: 100, Stderr: "qsmhook: fatal: command not found\n"}},
		{nil, "", clitest.Result{Code: 100, Stderr: usage}},
		{[]string{"-n"}, "", clitest.Result{Code: 100, Stderr: usage}},
		{[]string{"-z", "cat"}, "", clitest.Result{Code: 100, Stderr: "qsmhook: illegal option -- z\n"}},
		{[]string{"-x"}, "", clitest.Result{Code: 100, Stderr: "qsmhook: option requires an argument -- x\n"}},
	} {
		got := clitest.Run(t, "qsmhook", Run, clitest.World{Env: env, Args: c.args, Input: c.input})
		if got != c.want {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
	for i := range env {
		without := append(append([]string{}, env[:i]...), env[i+1:]...)
		got := clitest.Run(t, "qsmhook", Run, clitest.World{Env: without, Args: []string{"cat"}})
		if got != (clitest.Result{Code: 100, Stderr: usage}) {
			t.Errorf("without %q: %+v", env[i], got)
		}
	}
}

func TestReadError(t *testing.T) {
	got := clitest.Run(t, "qsmhook", Run, clitest.World{Env: env, Args: []string{"cat"}, Stdin: clitest.Open(t, os.TempDir())})
	if got.Code != 111 || got.Stderr != "qsmhook: fatal: unable to read message\n" {
		t.Errorf("%+v", got)
	}
}

// What comes from the envelope goes into arguments unchanged, never through a
// second round of macros.
func FuzzExpand(f *testing.F) {
	for _, s := range []string{"%u@%h", "%", "%%%g", "a%xb"} {
		f.Add(s, "%h", "h", "%")
	}
	f.Fuzz(func(t *testing.T, arg, sender, host, recipient string) {
		m := macros{sender: sender, host: host, recipient: recipient}
		got := m.expand("<" + arg + ">")
		if !strings.HasPrefix(got, "<") {
			t.Errorf("%q became %q", arg, got)
		}
		if !strings.Contains(arg, "%") && got != "<"+arg+">" {
			t.Errorf("%q became %q", arg, got)
		}
		if got := m.expand("%g%%%u"); got != sender+"%"+recipient {
			t.Errorf("macros came out as %q", got)
		}
	})
}
