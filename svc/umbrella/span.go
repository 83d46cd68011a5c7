package umbrella

import (
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
)

// Span reads the options --since and --until; a zero time is none.
func Span(p *cmd.Proc, c *cli.Context) (since, until time.Time, err error) {
	for name, at := range map[string]*time.Time{"since": &since, "until": &until} {
		word := c.String(name)
		if word == "" {
			continue
		}
		t, ok := ParseTime(word, p.Now())
		if !ok {
			return since, until, Usage(c, "--"+name+" "+word+": write a time as 2h, 3d, 15:04, 2026-11-22 or 2026-11-22T15:04:05")
		}
		*at = t
	}
	return since, until, nil
}

// ParseTime reads a time: how long ago, as ParseAge has it, or in now's zone a
// time of today, or a day, with a time or without.
func ParseTime(word string, now time.Time) (time.Time, bool) {
	if d, ok := ParseAge(word); ok {
		return now.Add(-d), true
	}
	if t, err := time.Parse(time.RFC3339, word); err == nil {
		return t, true
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, word, now.Location()); err == nil {
			return t, true
		}
	}
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.ParseInLocation(layout, word, now.Location()); err == nil {
			return time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location()), true
		}
	}
	return time.Time{}, false
}
