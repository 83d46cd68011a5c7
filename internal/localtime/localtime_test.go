package localtime

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"qmailkit/internal/cmd"
)

func TestZone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "zone")
	// A zone's file (RFC 9636) that holds nothing but a rule.
	const header = "TZif2\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x04"
	const block = header + "\x00\x00\x00\x00\x00\x00UTC\x00"
	if err := os.WriteFile(file, []byte(block+block+"\nXXX-1\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	winter, summer := time.Unix(1767582245, 0), time.Unix(1783295999, 0)
	for _, c := range []struct {
		tz    string
		at    time.Time
		hours int
	}{
		{"TZ=", winter, 0}, {"TZ=UTC", winter, 0}, {"TZ=Local", winter, 0}, {"TZ=no zone", winter, 0}, {"TZ=/nowhere", winter, 0},
		{"TZ=XXX-5", winter, 5}, {"TZ=:XXX5", winter, -5}, {"TZ=AAA5BBB,M3.2.0,M11.1.0", winter, -5}, {"TZ=AAA5BBB,M3.2.0,M11.1.0", summer, -4},
		{"TZ=" + file, winter, 1}, {"TZ=:" + file, winter, 1}, {"TZ=" + filepath.Dir(file), winter, 0},
	} {
		_, offset := c.at.In(Zone(&cmd.Proc{Env: []string{c.tz}})).Zone()
		if offset != c.hours*3600 {
			t.Errorf("%s: %d seconds", c.tz, offset)
		}
	}
}

func FuzzRule(f *testing.F) {
	f.Add("EST5EDT,M3.2.0,M11.1.0", int64(1))
	f.Add("<+03>-3", int64(1<<40))
	f.Fuzz(func(t *testing.T, rule string, sec int64) {
		at := time.Unix(sec%(1<<50), 0)
		if !at.In(fromRule(rule)).Equal(at) {
			t.Errorf("%q: another time", rule)
		}
	})
}
