package main

import (
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestPrint(t *testing.T) {
	const bad = "printmaillist: fatal: bad mailing list format\n"
	for _, c := range []struct{ in, out, stderr string }{
		{"", "", ""},
		{"&a@b.c\x00./l\x00/m\x00&\x00", "&a@b.c\n./l\n/m\n&\n", ""},
		{"&a@b.c\x00&cut", "&a@b.c\n", bad},
		{"a@b.c\x00", "", bad},
		{"\x00", "", bad},
		{"&a\nb\x00", "", bad},
		{"&" + strings.Repeat("x", 898) + "\x00", "&" + strings.Repeat("x", 898) + "\n", ""},
		{"&" + strings.Repeat("x", 899) + "\x00", "", bad},
	} {
		code := 0
		if c.stderr != "" {
			code = 100
		}
		got := clitest.Run(t, "printmaillist", Run, clitest.World{Args: []string{"ignored"}, Input: c.in})
		if got.Code != code || got.Stdout != c.out || got.Stderr != c.stderr {
			t.Errorf("%.50q: %+v", c.in, got)
		}
	}
	clitest.Unreadable(t, "printmaillist", Run, clitest.World{})
}
