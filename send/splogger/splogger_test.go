package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func logged(in string) (lines []string) {
	now := func() time.Time { return time.Unix(5, 6000) }
	split(strings.NewReader(in), now, func(severity int, text string) {
		lines = append(lines, fmt.Sprintf("%d %s", severity, text))
	})
	return lines
}

func TestSplit(t *testing.T) {
	x := strings.Repeat("x", maxPiece)
	const s = "5.000006"
	for in, want := range map[string][]string{
		"":                          nil,
		"\n\n":                      nil,
		"a\nwarning: b\nalert: c\n": {"6 " + s + " a", "4 " + s + " warning: b", "1 " + s + " alert: c"},
		"no newline":                {"6 " + s + " no newline"},
		"a\r\n\x00\xe9\tb\n":        {"6 " + s + " a?", "6 " + s + " ???b"},
		x + "\ny\n":                 {"6 " + s + " " + x, "6 " + s + " y"},
		"alert:" + x + "y\nz\n":     {"1 " + s + " alert:" + x[6:], "1 " + s + "+xxxxxxy", "6 " + s + " z"},
	} {
		if got := logged(in); !slices.Equal(got, want) {
			t.Errorf("%.30q: %.80q, want %.80q", in, got, want)
		}
	}
}

func TestFacility(t *testing.T) {
	for word, want := range map[string]int{"2": 2, "16x": 16, "127": 127, "0": 0, "": 0, "x": 0, "-1": 0, "128": 1, "99999999999999999999": 1} {
		if got := facility(word); got != want {
			t.Errorf("%q: %d, want %d", word, got, want)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("warning: x\ny")
	f.Fuzz(func(t *testing.T, in string) {
		for _, line := range logged(in) {
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) || len(line) > maxPiece+30 {
				t.Errorf("%q", line)
			}
		}
	})
}
