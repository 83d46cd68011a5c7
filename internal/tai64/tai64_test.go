package tai64

import (
	"testing"
	"time"
)

func TestLabel(t *testing.T) {
	for _, c := range []struct {
		sec, nsec int64
		want      string
	}{
		{0, 0, "@400000000000000a00000000"},
		{1000000000, 500000000, "@400000003b9aca0a1dcd6500"},
		{-11, 1, "@3fffffffffffffff00000001"},
		{1 << 33, 999999999, "@400000020000000a3b9ac9ff"},
	} {
		at := time.Unix(c.sec, c.nsec)
		if got := string(Append(nil, at)); got != c.want {
			t.Errorf("%v: %s, want %s", at, got, c.want)
		}
		if got, err := Parse(c.want); err != nil || !got.Equal(at) {
			t.Errorf("%s: %v %v, want %v", c.want, got, err, at)
		}
	}
}

func TestParseErrors(t *testing.T) {
	for _, s := range []string{"", "@", "400000000000000a00000000", "@400000000000000a0000000", "@400000000000000a0000000g", "@400000000000000a000000000"} {
		if got, err := Parse(s); err != ErrLabel {
			t.Errorf("%q: %v %v", s, got, err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("@400000003b9aca0a1dcd6500")
	f.Fuzz(func(t *testing.T, s string) {
		at, err := Parse(s)
		if err == nil && at.Nanosecond() < 0 {
			t.Errorf("%q: %v", s, at)
		}
	})
}
