package main

import (
	"strings"
	"testing"

	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M)   { scripttest.Main(m, map[string]scripttest.Program{"envdir": Run}) }
func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }

func TestValue(t *testing.T) {
	for line, want := range map[string]string{
		"": "", "\n": "", "a": "a", "a\n": "a", "a \t \n": "a", " a\n": " a", "a\r\n": "a\r", "a\x00b\n": "a\nb", "a\nb\n": "a", "a\x00 \n": "a\n",
	} {
		if got := value([]byte(line)); got != want {
			t.Errorf("%q: %q, not %q", line, got, want)
		}
	}
}

func FuzzValue(f *testing.F) {
	f.Add([]byte("a\x00b \nc"))
	f.Fuzz(func(t *testing.T, line []byte) {
		v := value(line)
		if strings.Contains(v, "\x00") || strings.HasSuffix(v, " ") || strings.HasSuffix(v, "\t") || len(v) > len(line) {
			t.Errorf("%q: %q", line, v)
		}
	})
}
