package umbrella

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.FixedZone("", 3600))
	for word, want := range map[string]string{
		"90s": "2026-11-22T11:58:30+01:00", "2h": "2026-11-22T10:00:00+01:00", "1w": "2026-11-15T12:00:00+01:00",
		"15:04": "2026-11-22T15:04:00+01:00", "15:04:05": "2026-11-22T15:04:05+01:00", "2026-01-02": "2026-01-02T00:00:00+01:00",
		"2026-01-02T03:04": "2026-01-02T03:04:00+01:00", "2026-01-02 03:04:05": "2026-01-02T03:04:05+01:00", "2026-01-02T03:04:05Z": "2026-01-02T03:04:05Z",
	} {
		if got, ok := ParseTime(word, now); !ok || got.Format(time.RFC3339) != want {
			t.Errorf("%s: %v, want %s", word, got, want)
		}
	}
	for _, word := range []string{"", "x", "5", "25:00", "2026-13-01", "1y"} {
		if got, ok := ParseTime(word, now); ok {
			t.Errorf("%q: %v", word, got)
		}
	}
}

func TestAge(t *testing.T) {
	for d, want := range map[time.Duration]string{-time.Second: "0s", 59 * time.Second: "59s", time.Minute: "1m", 90 * time.Minute: "1h", 50 * time.Hour: "2d"} {
		if got := Age(d); got != want {
			t.Errorf("%v: %s, want %s", d, got, want)
		}
	}
}

func TestLike(t *testing.T) {
	for _, c := range []struct {
		pattern, address string
		want             bool
	}{
		{"joe", "JOE@x", true}, {"joe*", "joe@x", true}, {"*joe", "joe@x", false}, {"j*@*x", "joe@a.x", true}, {"<>", "", true}, {"<>", "x", false}, {"a*a", "a", false},
	} {
		if got := Like(c.pattern, c.address); got != c.want {
			t.Errorf("%s %s: %v", c.pattern, c.address, got)
		}
	}
}
