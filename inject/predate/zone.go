package main

import (
	"os"
	"path"
	"strings"
	"time"

	"qmailkit/internal/cmd"
)

// localtime holds the machine's own time zone.
const localtime = "/etc/localtime"

// zone finds the local time zone as tzset(3) does: TZ names a file of the
// zone data or says the offset itself, "EST5EDT"; without TZ the machine's
// zone counts. What means nothing is UTC.
func zone(p *cmd.Proc) *time.Location {
	tz, set := p.LookupEnv("TZ")
	if !set {
		return fromFile(localtime)
	}
	tz = strings.TrimPrefix(tz, ":")
	if tz == "" {
		return time.UTC
	}
	if path.IsAbs(tz) {
		return fromFile(tz)
	}
	if loc, err := time.LoadLocation(tz); err == nil && tz != "Local" {
		return loc
	}
	return load(posix(tz))
}

func fromFile(name string) *time.Location {
	data, err := os.ReadFile(name)
	if err != nil {
		return time.UTC
	}
	return load(data)
}

func load(data []byte) *time.Location {
	loc, err := time.LoadLocationFromTZData("", data)
	if err != nil {
		return time.UTC
	}
	return loc
}

// posix wraps a rule like "EST5EDT,M3.2.0,M11.1.0" into zone data (RFC 8536)
// without a single transition: the rule, in its footer, is all it holds.
func posix(rule string) []byte {
	// One type, UTC, with a name of one byte; all other counts are 0.
	const header = "TZif2" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00" +
		"\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x00" + "\x00\x00\x00\x01" + "\x00\x00\x00\x01"
	const types = "\x00\x00\x00\x00\x00\x00" + "\x00"
	block := header + types
	return []byte(block + block + "\n" + rule + "\n")
}
