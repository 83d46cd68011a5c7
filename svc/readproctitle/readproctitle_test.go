package main

import (
	"bytes"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestShow(t *testing.T) {
	for in, want := range map[string]string{
		"": "..........", "ab": "........ab", "a\x00b\n": ".......ab\n", "abcdefghijklm": "...ghijklm", strings.Repeat("x", 9000) + "end": "...xxxxend",
	} {
		p, _ := clitest.Proc(t, "readproctitle", clitest.World{Input: in})
		title := bytes.Repeat([]byte("x"), 10)
		if err := show(p, title); err != nil || string(title) != want {
			t.Errorf("%.20q: %q %v", in, title, err)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, args := range [][]string{nil, {""}, {"...."}, {".....", "...."}} {
		if got := clitest.Run(t, "readproctitle", Run, clitest.World{Args: args}); got.Code != 100 || got.Stderr != "" {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

func TestArgument(t *testing.T) {
	// Memory that may be written to, as that of an argument may.
	var b strings.Builder
	b.WriteString("..............")
	arg := b.String()
	got := clitest.Run(t, "readproctitle", Run, clitest.World{Args: []string{"errors:", arg}, Input: "oops"})
	if got.Code != 0 || arg != "..........oops" {
		t.Errorf("%+v %q", got, arg)
	}
}
