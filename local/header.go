package local

import (
	"bufio"
	"bytes"
	"strings"
	"time"

	"qmailkit/internal/addr"
	"qmailkit/internal/mbox"
)

// headerLines are what a delivery puts before the message, with newlines.
type headerLines struct {
	deliveredTo string // in every copy
	returnPath  string // in a mailbox
	from        string // in an mbox
}

func (j *Job) recipient() string { return j.Local + "@" + j.Host }

func (j *Job) headerLines(now time.Time) headerLines {
	return headerLines{
		deliveredTo: oneLine("Delivered-To: " + j.recipient()),
		returnPath:  oneLine("Return-Path: <" + addr.QuoteAddress(j.Sender) + ">"),
		from:        mbox.FromLine(j.Sender, now),
	}
}

// oneLine ends s with its only newline: an address must not start a header
// field of its own.
func oneLine(s string) string { return strings.ReplaceAll(s, "\n", "_") + "\n" }

// checkLoop refuses a message whose header has the Delivered-To line of this
// very recipient already.
func (d *delivery) checkLoop() error {
	lines := d.scratch.lines
	lines.Reset(&source{content: &d.content})
	ours := []byte(d.header.deliveredTo)
	for {
		line, whole, err := headerLine(lines, len(ours))
		if err != nil {
			return asTemporary(err)
		}
		if !whole || len(line) == 1 {
			return nil
		}
		if bytes.Equal(line, ours) {
			return permanent("This message is looping: it already has my Delivered-To line. (#5.4.6)")
		}
	}
}

// headerLine reads a line and keeps of it what a comparison with a line of
// the length limit needs. It is whole unless the message ended in it.
func headerLine(r *bufio.Reader, limit int) (line []byte, whole bool, err error) {
	part, err := r.ReadSlice('\n')
	if err != bufio.ErrBufferFull {
		return part, err == nil, realError(err)
	}
	line = bytes.Clone(part)
	for err == bufio.ErrBufferFull {
		part, err = r.ReadSlice('\n')
		if len(line) <= limit {
			line = append(line, part...)
		}
	}
	return line, err == nil, realError(err)
}
