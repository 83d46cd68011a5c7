package main

import (
	"bytes"
	"testing"

	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, map[string]scripttest.Program{"fixcrio": Run})
}

func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }

func TestFixed(t *testing.T) {
	for _, c := range []struct {
		last     byte
		in, want string
	}{
		{0, "", ""}, {0, "a\nb", "a\r\nb"}, {0, "a\r\n\n\r\r\n", "a\r\n\r\n\r\r\n"}, {'\r', "\n\n", "\n\r\n"}, {'\n', "\n", "\r\n"},
	} {
		if got := fixed([]byte(c.in), c.last); string(got) != c.want {
			t.Errorf("%q after %q: %q", c.in, c.last, got)
		}
	}
}

// Wherever the input is cut, the outcome is the same, and nothing is lost.
func FuzzFixed(f *testing.F) {
	f.Add([]byte("a\nb\r\n"), 1)
	f.Add([]byte("\r\n\n"), 1)
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		whole := fixed(b, 0)
		if cut > 0 && cut < len(b) {
			parts := append(fixed(b[:cut], 0), fixed(b[cut:], b[cut-1])...)
			if !bytes.Equal(parts, whole) {
				t.Errorf("%q cut at %d: %q, not %q", b, cut, parts, whole)
			}
		}
		if !bytes.Equal(bytes.ReplaceAll(whole, []byte("\r"), nil), bytes.ReplaceAll(b, []byte("\r"), nil)) {
			t.Errorf("%q became %q", b, whole)
		}
	})
}
