package umbrella

import (
	"strconv"
	"strings"
	"time"
)

// ParseAge reads a time span as options have it: a number and s, m, h, d or w.
func ParseAge(word string) (time.Duration, bool) {
	if word == "" {
		return 0, false
	}
	units := map[byte]time.Duration{'s': time.Second, 'm': time.Minute, 'h': time.Hour, 'd': 24 * time.Hour, 'w': 7 * 24 * time.Hour}
	unit := units[word[len(word)-1]]
	n, err := strconv.ParseUint(word[:len(word)-1], 10, 32)
	if err != nil || unit == 0 || n > uint64(1<<62/unit) {
		return 0, false
	}
	return time.Duration(n) * unit, true
}

// Age writes a time span the way that ParseAge reads one, in its largest unit.
func Age(d time.Duration) string {
	for _, unit := range []struct {
		name string
		size time.Duration
	}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}} {
		if d >= unit.size {
			return strconv.FormatInt(int64(d/unit.size), 10) + unit.name
		}
	}
	return strconv.FormatInt(int64(max(d, 0)/time.Second), 10) + "s"
}

// Like tells whether an address fits a pattern, small and capital letters
// alike: a part of it, or all of it with * for anything; <> is none.
func Like(pattern, address string) bool {
	pattern, address = strings.ToLower(pattern), strings.ToLower(address)
	if pattern == "<>" {
		return address == ""
	}
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return strings.Contains(address, pattern)
	}
	first, last := parts[0], parts[len(parts)-1]
	rest, ok := strings.CutPrefix(address, first)
	if !ok {
		return false
	}
	if rest, ok = strings.CutSuffix(rest, last); !ok {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return true
}
