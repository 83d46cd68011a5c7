package main

import (
	"path/filepath"
	"testing"

	"qmailkit/internal/clitest"
)

const usage = "qmail-local: usage: " + synopsis + "\n"

func TestRun(t *testing.T) {
	home := filepath.Join(t.TempDir(), "h")
	clitest.Files(t, home, map[string]string{".qmail-x": "#\n./m\n|p\n&a@b\n", ".qmail-fail": "|exit 100"})
	args := func(options ...string) []string {
		return append(options, "joe", home, "joe-x", "-", "x", "h", "s@t", "./Mailbox")
	}
	for _, c := range []struct {
		args []string
		want clitest.Result
	}{
		{args("-n"), clitest.Result{Stdout: "mbox ./m\nprogram p\nforward a@b\ndid 1+1+1\n"}},
		{args("-Nn"), clitest.Result{Stdout: "mbox ./m\nprogram p\nforward a@b\ndid 1+1+1\n"}},
		{[]string{"joe", home, "joe", "", "", "h", "s@t", "./Mailbox"}, clitest.Result{Stdout: "did 1+0+0\n"}},
		{[]string{"-nN", "--", "joe", home, "joe", "", "", "h", "", "|echo hi"}, clitest.Result{Stdout: "hi\ndid 0+0+1\n"}},
		{[]string{"joe", home, "joe-fail", "-", "fail", "h", "", ""}, clitest.Result{Code: 100}},
		{[]string{"joe", home, "joe-y", "-", "y", "h", "", ""},
			clitest.Result{Code: 100, Stderr: "Sorry, no mailbox here by that name. (#5.1.1)\n"}},
		{nil, clitest.Result{Code: 100, Stderr: usage}},
		{args("-n", "--", "x"), clitest.Result{Code: 100, Stderr: usage}},
		{args("-x"), clitest.Result{Code: 100, Stderr: "qmail-local: illegal option -- x\n" + usage}},
		{[]string{"joe", "home", "joe", "", "", "h", "", ""}, clitest.Result{Code: 100, Stderr: usage}},
	} {
		got := clitest.Run(t, "qmail-local", Run, clitest.World{Args: c.args, Input: "S: x\n\nb\n"})
		if got != c.want {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}
