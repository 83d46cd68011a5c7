package printable

import "testing"

func TestReplace(t *testing.T) {
	for s, want := range map[string]string{
		"": "", "a b~": "a b~", "a\nb\x1b[1m\x7f": "a?b?[1m?", "\x00\xe4 \xff": "?? ?",
	} {
		if got := Replace(s, '?'); got != want {
			t.Errorf("%q: %q, want %q", s, got, want)
		}
	}
}

// No byte of what comes out steers a terminal.
func FuzzReplace(f *testing.F) {
	f.Add("a\x1b[2J\r\n\x00\xff\x7f~ ")
	f.Fuzz(func(t *testing.T, s string) {
		got := Replace(s, '_')
		if len(got) != len(s) {
			t.Errorf("%q: %q", s, got)
		}
		for i := range len(got) {
			if got[i] < ' ' || got[i] > '~' {
				t.Errorf("%q: %q", s, got)
			}
		}
	})
}
