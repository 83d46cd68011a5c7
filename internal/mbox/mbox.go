// Package mbox writes messages in mbox format, the mboxrd variant of mbox(5):
// a From_ line, the message with a '>' before each line that looks like one,
// and a blank line.
package mbox

import (
	"bytes"
	"io"
	"time"
)

const (
	from     = "From "
	nobody   = "MAILER-DAEMON" // stands for the empty sender
	timeForm = "Mon Jan 02 15:04:05 2006"
)

// FromLine returns the From_ line, with its newline, of a message that came
// from the envelope sender at t. The date is in GMT.
func FromLine(sender string, t time.Time) string {
	if sender == "" {
		sender = nobody
	}
	word := []byte(sender)
	for i, c := range word {
		if c == ' ' || c == '\t' || c == '\n' {
			word[i] = '-'
		}
	}
	return from + string(word) + " " + t.UTC().Format(timeForm) + "\n"
}

// Writer quotes a message while it is written. Close ends the message.
//
// It holds back only how many '>' a line has begun with and how much of
// "From " has followed, so that lines may have any length.
type Writer struct {
	w      io.Writer
	inside bool // this line's beginning has been decided and written
	arrows int  // '>' seen at the beginning of this line
	match  int  // bytes of "From " seen after them
}

// NewWriter returns a Writer to w, which should be buffered.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Write adds to the message.
func (q *Writer) Write(b []byte) (n int, err error) {
	for n < len(b) && err == nil {
		if !q.inside {
			var used int
			used, err = q.begin(b[n:])
			n += used
			continue
		}
		rest := b[n:]
		if end := bytes.IndexByte(rest, '\n'); end >= 0 {
			rest, q.inside = rest[:end+1], false
		}
		_, err = q.w.Write(rest)
		n += len(rest)
	}
	return n, err
}

// begin looks at the beginning of a line and tells how much of b it took.
func (q *Writer) begin(b []byte) (n int, err error) {
	for n < len(b) {
		c := b[n]
		switch {
		case q.match == 0 && c == '>':
			q.arrows++
		case c == from[q.match]:
			q.match++
		default:
			return n, q.release()
		}
		n++
		if q.match == len(from) {
			q.arrows++
			return n, q.release()
		}
	}
	return n, nil
}

// release writes what was held back.
func (q *Writer) release() error {
	const run = ">>>>>>>>>>>>>>>>"
	for q.arrows > 0 {
		k := min(q.arrows, len(run))
		if _, err := io.WriteString(q.w, run[:k]); err != nil {
			return err
		}
		q.arrows -= k
	}
	_, err := io.WriteString(q.w, from[:q.match])
	q.match, q.inside = 0, true
	return err
}

// Close ends an unterminated last line and adds the blank line.
func (q *Writer) Close() error {
	if q.arrows > 0 || q.match > 0 {
		if err := q.release(); err != nil {
			return err
		}
	}
	end := "\n"
	if q.inside {
		end = "\n\n"
	}
	q.inside = false
	_, err := io.WriteString(q.w, end)
	return err
}
