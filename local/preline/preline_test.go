package main

import (
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

var env = []string{"UFLINE=From s\n", "RPLINE=Return-Path: <s>\n", "DTLINE=Delivered-To: j\n"}

func TestPreline(t *testing.T) {
	const usage = "preline: usage: preline cmd [ arg ... ]\n"
	big := strings.Repeat("0123456789\n", 100_000)
	for _, c := range []struct {
		env, args []string
		input     string
		want      clitest.Result
	}{
		{env, []string{"cat"}, "m\n", clitest.Result{Stdout: "From s\nReturn-Path: <s>\nDelivered-To: j\nm\n"}},
		{env, []string{"-f", "cat"}, "m", clitest.Result{Stdout: "Return-Path: <s>\nDelivered-To: j\nm"}},
		{env, []string{"-fr", "cat"}, "", clitest.Result{Stdout: "Delivered-To: j\n"}},
		{env, []string{"-d", "cat", "-"}, "m\n", clitest.Result{Stdout: "From s\nReturn-Path: <s>\nm\n"}},
		{env, []string{"-frd", "-FR", "--", "cat"}, "m\n", clitest.Result{Stdout: "From s\nReturn-Path: <s>\nm\n"}},
		{env, []string{"-frd", "cat"}, big, clitest.Result{Stdout: big}},
		{env, []string{"-frd", "sh", "-c", "cat; echo e >&2; exit 42"}, "m", clitest.Result{Code: 42, Stdout: "m", Stderr: "e\n"}},
		{env, []string{"true"}, "small", clitest.Result{}},
		{env, []string{"true"}, big, clitest.Result{Code: 111, Stderr: "preline: fatal: unable to copy input: broken pipe\n"}},
		{env, []string{"sh", "-c", "cat >/dev/null; kill -9 $$"}, "m", clitest.Result{Code: 111, Stderr: "preline: fatal: child crashed\n"}},
		{env, []string{"no-such-program"}, big,
			clitest.Result{Code: 100, Stderr: "preline: fatal: unable to run no-such-program: file does not exist\n"}},
		{env, nil, "", clitest.Result{Code: 100, Stderr: usage}},
		{env, []string{"-f"}, "", clitest.Result{Code: 100, Stderr: usage}},
		{env, []string{"-z", "cat"}, "", clitest.Result{Code: 100, Stderr: "preline: illegal option -- z\n" + usage}},
		{env[1:], []string{"-z", "cat"}, "", clitest.Result{Code: 100, Stderr: usage}},
		{env[:2], []string{"cat"}, "", clitest.Result{Code: 100, Stderr: usage}},
	} {
		got := clitest.Run(t, "preline", Run, clitest.World{Env: c.env, Args: c.args, Input: c.input})
		if got != c.want {
			t.Errorf("%q: %+v", c.args, got)
		}
	}
}

func TestReadError(t *testing.T) {
	got := clitest.Run(t, "preline", Run, clitest.World{Env: env, Args: []string{"cat"}, Stdin: clitest.Open(t, os.TempDir())})
	if got.Code != 111 || got.Stderr != "preline: fatal: unable to copy input: is a directory\n" {
		t.Errorf("%+v", got)
	}
}
