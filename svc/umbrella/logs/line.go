// Package logs reads the logs of a mail system wherever they are kept:
// multilog's folders with what has been rotated, files that syslog writes, and
// standard input. It gives their lines in the order of time, goes on when
// there is more, and joins the lines that are about one message or one
// connection.
package logs

import (
	"strings"
	"time"

	"qmailkit/internal/tai64"
	"qmailkit/send/analog"
)

// Line is a line of a log.
type Line struct {
	Time time.Time
	Text string // without stamp, host and program
	// Foreign is a line of a file that other programs write into too, and
	// that splogger has not marked as qmail's.
	Foreign bool
}

// Stamped is the line as package analog reads lines.
func (l Line) Stamped() string { return string(analog.StampOf(l.Time)) + " " + l.Text }

// Parser takes the stamps off lines. A line without one gets the time of the
// line before it, and the first of all the time of reading.
type Parser struct {
	Now  func() time.Time
	last time.Time
}

// Parse reads a line without its newline. The stamps it knows are TAI64N
// labels, seconds with a fraction, what tai64nlocal prints, and those of
// syslog, old and new; the times of the last three without a zone are in that
// of the clock.
func (p *Parser) Parse(raw string) Line {
	l, ok := p.own(raw)
	if !ok {
		l, ok = p.local(raw)
	}
	if !ok {
		l = Line{p.last, raw, false}
	}
	if l.Time.IsZero() {
		l.Time = p.Now()
	}
	p.last = l.Time
	return l
}

// own reads the stamps of qmail's own programs: multilog, splogger.
func (p *Parser) own(raw string) (Line, bool) {
	word, text, _ := strings.Cut(raw, " ")
	if t, err := tai64.Parse(word); err == nil {
		return Line{t, text, false}, true
	}
	whole, fraction, found := strings.Cut(word, ".")
	if !found || len(whole) < 9 || !digits(whole) || !digits(fraction) || len(whole) > 12 {
		return Line{}, false
	}
	return Line{analog.Stamp(word).Time(), text, false}, true
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

const (
	oldSyslog = "Jan _2 15:04:05"
	localTime = "2006-01-02 15:04:05.999999999"
)

// local reads the stamps that people read.
func (p *Parser) local(raw string) (Line, bool) {
	now := p.Now()
	if word, text, _ := strings.Cut(raw, " "); len(word) > len("2006-01-02T") && word[10] == 'T' {
		if t, err := time.Parse(time.RFC3339Nano, word); err == nil {
			return p.syslog(t, text), true
		}
	}
	if day, rest, ok := strings.Cut(raw, " "); ok && len(day) == len("2006-01-02") && day[4] == '-' {
		clock, text, _ := strings.Cut(rest, " ")
		if t, err := time.ParseInLocation(localTime, day+" "+clock, now.Location()); err == nil {
			return Line{t, text, false}, true
		}
	}
	if len(raw) > len(oldSyslog) && raw[len(oldSyslog)] == ' ' {
		if t, err := time.ParseInLocation(oldSyslog, raw[:len(oldSyslog)], now.Location()); err == nil {
			return p.syslog(inYear(t, now), raw[len(oldSyslog)+1:]), true
		}
	}
	return Line{}, false
}

// inYear puts t, which has no year, into the last one where it is not to come.
func inYear(t, now time.Time) time.Time {
	at := func(year int) time.Time {
		return time.Date(year, t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, now.Location())
	}
	if this := at(now.Year()); !this.After(now.Add(24 * time.Hour)) {
		return this
	}
	return at(now.Year() - 1)
}

// syslog takes host and program off. Splogger's own stamp follows them, which
// is more precise.
func (p *Parser) syslog(t time.Time, text string) Line {
	_, text, _ = strings.Cut(text, " ")
	_, text, _ = strings.Cut(text, ": ")
	if l, ok := p.own(text); ok {
		return l
	}
	return Line{t, text, true}
}
