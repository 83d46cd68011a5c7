package secure

import (
	"testing"

	"github.com/xdg-go/stringprep"
)

// What qmail-scram writes for a name or a password is what is looked for.
func TestPrepare(t *testing.T) {
	for r := range rune(1 << 16) { // beyond that nothing is mapped
		text := "a" + string(r) + "\u0301b"
		want, err := stringprep.SASLprep.Prepare(text)
		if got := prepare(text); err == nil && got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func FuzzPrepare(f *testing.F) {
	for _, seed := range []string{"I\u00ADX", "user", "\u00AA\u2168", "\u0627\u0031", "\u1100\u1161\u11a8\u200b\u00a0\xff", "\u3000\u03d3\u0301"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want, err := stringprep.SASLprep.Prepare(text)
		if got := prepare(text); err == nil && got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	})
}
