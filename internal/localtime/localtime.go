// Package localtime finds out what the local time zone of a program is, as
// tzset(3) does: the Go runtime knows neither rules like EST5EDT nor the TZ of
// a Proc.
package localtime

import (
	"encoding/binary"
	"io"
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
)

const (
	// machine is the zone where TZ is not set.
	machine = "/etc/localtime"

	// maxZone bounds a zone's file, in bytes.
	maxZone = 1 << 20
)

// Zone is where p's environment says that local is (tzset(3)): the TZ of a
// file below zoneinfo, of a file anywhere, or a rule. What is none of these
// is UTC.
func Zone(p *cmd.Proc) *time.Location {
	name, set := p.LookupEnv("TZ")
	if !set {
		return fromFile(machine)
	}
	name = strings.TrimPrefix(name, ":")
	switch {
	case name == "" || name == "Local":
		return time.UTC
	case name[0] == '/':
		return fromFile(name)
	}
	if z, err := time.LoadLocation(name); err == nil {
		return z
	}
	return fromRule(name)
}

func fromFile(path string) *time.Location {
	f, err := plain.Open(path)
	if err != nil {
		return time.UTC
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxZone))
	if err != nil {
		return time.UTC
	}
	return fromData(data)
}

// fromRule reads "EST5EDT,M3.2.0,M11.1.0". The time package knows such rules
// only at the end of a zone's file (RFC 9636), so it gets one: UTC without any
// change of clocks, and then the rule, from the beginning of time on.
func fromRule(rule string) *time.Location {
	if strings.ContainsAny(rule, "\n\x00") {
		return time.UTC
	}
	const types, letters = 1, 4
	block := func() []byte {
		b := append([]byte("TZif2"), make([]byte, 15)...)
		for _, n := range []uint32{0, 0, 0, 0, types, letters} {
			b = binary.BigEndian.AppendUint32(b, n)
		}
		b = append(b, make([]byte, 6)...) // offset 0, no summer time, first name
		return append(b, "UTC\x00"...)
	}
	data := append(block(), block()...)
	return fromData(append(data, "\n"+rule+"\n"...))
}

func fromData(data []byte) *time.Location {
	z, err := time.LoadLocationFromTZData("local", data)
	if err != nil {
		return time.UTC
	}
	return z
}
