// Package analog reads qmail-send's log (qmail-log(5)) and tells what it comes
// to: which message a line belongs to, how each delivery and each message
// ended, and the figures of matchup's output that zoverall and its relatives
// print. It keeps what it is given and does no I/O but on readers and writers
// that it is handed.
//
// A Matcher makes records of log lines; ParseRecord reads those that matchup
// has printed. Overall and the Report constructors take records one by one.
package analog

import (
	"bufio"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"qmailkit/internal/control"
	"qmailkit/internal/tai64"
)

// maxLine bounds what is kept of a line, in bytes; qmail-send's own are a few
// thousand at most.
const maxLine = 1 << 20

// Lines gives f each line of r, without its newline, and then returns what
// follows the last newline. Of a line of more than a megabyte f sees the
// beginning. It stops at f's error, or that of reading.
func Lines(r io.Reader, f func(line string) error) (rest string, err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	var line []byte
	for {
		part, err := in.ReadSlice('\n')
		if room := maxLine - len(line); len(part) > room && err != nil {
			part = part[:room]
		}
		line = append(line, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return string(line), nil
		case err != nil:
			return "", err
		}
		if err := f(string(line[:len(line)-1])); err != nil {
			return "", err
		}
		line = line[:0]
	}
}

// Stamp is the time of a log line in its text form: seconds since 1970, and
// usually a dot and a fraction.
type Stamp string

// StampOf returns t in that form, to the nanosecond.
func StampOf(t time.Time) Stamp {
	b := strconv.AppendInt(nil, t.Unix(), 10)
	nano := strconv.Itoa(t.Nanosecond())
	return Stamp(string(b) + "." + "000000000"[len(nano):] + nano)
}

// Seconds returns the stamp as a number; what is none is 0.
func (s Stamp) Seconds() float64 { return number(string(s)) }

// Time returns the stamp as a time, to the nanosecond; what is no number is
// the beginning of 1970.
func (s Stamp) Time() time.Time {
	whole, fraction, _ := strings.Cut(string(s), ".")
	sec, _ := strconv.ParseInt(whole, 10, 64)
	nano, _ := strconv.ParseInt((fraction + "000000000")[:9], 10, 64)
	return time.Unix(sec, nano)
}

// Normal returns a log line with multilog's TAI64N label, if it starts with
// one, as a Stamp. Other lines it leaves alone.
func Normal(line string) string {
	if len(line) < tai64.LabelSize || line[0] != '@' {
		return line
	}
	t, err := tai64.Parse(line[:tai64.LabelSize])
	if err != nil {
		return line
	}
	return string(StampOf(t)) + line[tai64.LabelSize:]
}

// fields splits a line at its blanks, tabs and NULs.
func fields(line string) []string {
	return strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' || c == 0 })
}

// field returns one of fields's, "" behind the last.
func field(f []string, n int) string {
	if n < len(f) {
		return f[n]
	}
	return ""
}

// leading returns the number that text starts with, 0 if with none.
func leading(text string) uint64 { return control.LeadingUint(text) }

// number returns the decimal number that text starts with, 0 if with none.
func number(text string) float64 {
	n, dot := 0, false
	for ; n < len(text); n++ {
		c := text[n]
		if c == '-' && n == 0 || c == '.' && !dot {
			dot = dot || c == '.'
			continue
		}
		if c < '0' || c > '9' {
			break
		}
	}
	f, err := strconv.ParseFloat(text[:n], 64)
	if err != nil && !math.IsInf(f, 0) {
		return 0
	}
	return f
}

// plain writes a number as awk's print does: whole ones in full, others with
// six digits.
func plain(f float64) string {
	if f == math.Trunc(f) && math.Abs(f) < 1e18 {
		return strconv.FormatInt(int64(f), 10)
	}
	return strconv.FormatFloat(f, 'g', 6, 64)
}

// fixed writes a number with so many digits behind the dot.
func fixed(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }
