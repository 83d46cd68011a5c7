package main

import (
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

const bars = rule + rule

func pad(s string, n int) string { return s + strings.Repeat(" ", n-len(s)) }

// under and strong are what a terminal shows underlined and bold.
func under(s string) string { return each(s, func(c string) string { return "_\b" + c }) }

func strong(s string) string { return each(s, func(c string) string { return c + "\b" + c }) }

func each(s string, f func(string) string) string {
	var b strings.Builder
	for i := range len(s) {
		b.WriteString(f(s[i : i+1]))
	}
	return b.String()
}

func TestRun(t *testing.T) {
	nothing := pad("Subject:", 78) + "\nDate:\n"
	for in, want := range map[string]string{
		"":           nothing + bars,
		"no\n\nbody": nothing + bars + "no\n\nbody",
		"Subject: hi\tyou\nFrom: Joe <a@b>, c\nX: 1\n 2\nDate: 1 Jan 26 0:00 EST\nReceived: x\n y\nReturn-Path: <r@s>\nMail-Reply-To: q\n\nx\n": "" +
			"Subject:" + strings.Repeat(" ", 78-8-7) + under(" hi you") + "\n" +
			"From: " + under("Joe") + strings.Repeat(" ", 78-9-3) + strong("a@b") + "\n" +
			"From: " + strings.Repeat(" ", 78-6-2) + strong("c@") + "\n" +
			"Date: 1 Jan 26 0:00 EST" + strings.Repeat(" ", 78-23-19) + under("2026-01-01 07:00:00") + "\n" +
			"Return-Path: " + strings.Repeat(" ", 78-13-10) + "return " + strong("r@s") + "\n" +
			"Received: x\n y\n" + bars +
			"Mail-Reply-To: " + strings.Repeat(" ", 78-15-11) + "reply to " + strong("q@") + "\nX: 1\n 2\n\nx\n",
		"To: g:;, \"\x01\xff\" <a@b>\n": nothing + rule + "To: " + under("g") + "\n" +
			"To: \\001\\377" + strings.Repeat(" ", 78-12-3) + strong("a@b") + "\n" + rule,
		"X: " + strings.Repeat("x", 80) + " y\n": nothing + bars + "X:\n " + strings.Repeat("x", 72) + "\n" + strings.Repeat("x", 8) + " y\n",
		"Subject:" + strings.Repeat("x", 90) + "\n": "Subject:" + strings.Repeat(" ", 20) + under(strings.Repeat("x", 50)) + "\n" +
			strings.Repeat(" ", 38) + under(strings.Repeat("x", 40)) + "\nDate:\n" + bars,
	} {
		if got := clitest.Run(t, "822print", Run, clitest.World{Env: []string{"TZ=XXX-2"}, Input: in}); got != (clitest.Result{Stdout: want}) {
			t.Errorf("%q:\n%q %q want\n%q", in, got.Stderr, got.Stdout, want)
		}
	}
	clitest.Unreadable(t, "822print", Run, clitest.World{})
}
