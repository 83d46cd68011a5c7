package main

import (
	"bufio"
	"bytes"
	"strconv"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/localtime"
	"qmailkit/internal/tai64"
	"qmailkit/svc"
)

// Years that a struct tm(3) has room for, and that are written without a sign.
const (
	firstYear = 0
	lastYear  = 1900 + 1<<31 - 1

	// mostSeconds is more than it takes to get to those years.
	mostSeconds = 1 << 57
)

// Run copies its input. A stamp at the beginning of a line becomes the local
// time; what only looks like one stays as it is.
func Run(p *cmd.Proc) error {
	c := converter{zone: localtime.Zone(p)}
	return svc.Pump(p, c.take)
}

// converter goes through lines that come in pieces of any size.
type converter struct {
	zone  *time.Location
	rest  bool   // the beginning of the line has been dealt with
	label []byte // what has come of it until then
}

func (c *converter) take(piece []byte, out *bufio.Writer) {
	if len(piece) == 0 {
		c.begin(out)
	}
	for len(piece) > 0 {
		if !c.rest {
			piece = c.collect(piece, out)
			continue
		}
		i := bytes.IndexByte(piece, '\n')
		if i < 0 {
			i = len(piece) - 1
		} else {
			c.rest = false
		}
		out.Write(piece[:i+1])
		piece = piece[i+1:]
	}
}

// collect takes bytes that may belong to a stamp, up to the first that does
// not. One digit more than a stamp has tells that there is none.
func (c *converter) collect(piece []byte, out *bufio.Writer) (left []byte) {
	for i, b := range piece {
		first := len(c.label) == 0
		if first && b != '@' || !first && !hexDigit(b) || len(c.label) > tai64.LabelSize {
			c.begin(out)
			c.rest = true
			return piece[i:]
		}
		c.label = append(c.label, b)
	}
	return nil
}

// begin writes the collected bytes, as a time if they are one.
func (c *converter) begin(out *bufio.Writer) {
	var text [64]byte
	out.Write(local(text[:0], c.label, c.zone))
	c.label = c.label[:0]
}

// Stamps are written in small letters only.
func hexDigit(b byte) bool { return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' }

// local appends the time in zone that label stands for, or label itself.
// Nanoseconds are printed as they stand there, be they a second or more.
func local(b, label []byte, zone *time.Location) []byte {
	t, err := tai64.Parse(string(label))
	if err != nil {
		return append(b, label...)
	}
	nano := nanoseconds(label)
	t = t.Add(-time.Duration(nano))
	if s := t.Unix(); s < -mostSeconds || s > mostSeconds {
		return append(b, label...)
	}
	t = t.In(zone)
	if t.Year() < firstYear || t.Year() > lastYear {
		return append(b, label...)
	}
	b = strconv.AppendInt(b, int64(t.Year()), 10)
	b = t.AppendFormat(b, "-01-02 15:04:05.")
	digits := strconv.FormatUint(uint64(nano), 10)
	for i := len(digits); i < 9; i++ {
		b = append(b, '0')
	}
	return append(b, digits...)
}

func nanoseconds(label []byte) uint32 {
	n, _ := strconv.ParseUint(string(label[len(label)-8:]), 16, 32)
	return uint32(n)
}
