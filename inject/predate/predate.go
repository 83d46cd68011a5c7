package main

import (
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/localtime"
)

const usage = "predate child"

// layout is the date of RFC 822 section 5 with a four-digit year.
const layout = "Date: 2 Jan 2006 15:04:05 -0700\n"

// minute is what a zone is rounded to; some of old have seconds.
const minute = 60

// Run is predate. Its exit code is the child's.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	return child.Filter(p, p.Args, date(p))
}

func date(p *cmd.Proc) string {
	now := p.Now().In(localtime.Zone(p))
	_, offset := now.Zone()
	// Format would cut seconds off.
	shown := (abs(offset) + minute/2) / minute * minute
	if offset < 0 {
		shown = -shown
	}
	clock := now.Add(time.Duration(offset-shown) * time.Second)
	return clock.In(time.FixedZone("", shown)).Format(layout)
}

func abs(n int) int { return max(n, -n) }
