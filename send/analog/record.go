package analog

import (
	"strconv"
	"strings"
)

// Record is one line of matchup's output: a *Message, a *Delivery, or what is
// neither, an Other.
type Record interface {
	// Append adds the line, without a newline, to b.
	Append(b []byte) []byte
}

// Message is a message that has left the queue.
type Message struct {
	Birth, End                     Stamp // when it was queued, when it was removed
	Bytes                          uint64
	Successes, Failures, Deferrals uint64 // how many of its delivery attempts ended so
	Sender                         string // in lower case, between "<" and ">"
	QP, UID                        string // the process that queued it and its user; numbers
}

// Delivery is one attempt to deliver a message to one recipient.
type Delivery struct {
	Result            byte  // 'k' success, 'd' failure, 'z' deferral; 0 when the log says neither
	Birth, Start, End Stamp // when the message was queued, when the attempt began, when it ended
	Bytes             uint64
	Sender            string // as in Message, or "?" when the log does not tell
	Recipient         string // channel, dot, address in lower case: "local.joe@example.org"
	QP, UID           string // as in Message, or "?"
	Reason            string // what was reported, without blanks
}

// Other is a line that is neither; matchup's own start with a question mark
// or are warnings and alerts.
type Other string

// The lines in the order of their fields.

// Append adds "m birth end bytes successes failures deferrals sender qp uid".
func (m *Message) Append(b []byte) []byte {
	b = join(append(b, "m "...), string(m.Birth), string(m.End))
	for _, n := range []uint64{m.Bytes, m.Successes, m.Failures, m.Deferrals} {
		b = append(strconv.AppendUint(b, n, 10), ' ')
	}
	return append(join(b, m.Sender, m.QP), m.UID...)
}

// Append adds "d result birth start end bytes sender recipient qp uid reason".
func (d *Delivery) Append(b []byte) []byte {
	if d.Result == 0 {
		b = append(b, '?')
	} else {
		b = append(b, 'd', ' ', d.Result, ' ')
	}
	b = join(b, string(d.Birth), string(d.Start), string(d.End))
	b = append(strconv.AppendUint(b, d.Bytes, 10), ' ')
	return append(join(b, d.Sender, d.Recipient, d.QP, d.UID), d.Reason...)
}

// Append adds the line as it is.
func (o Other) Append(b []byte) []byte { return append(b, o...) }

// join adds the words, each with a blank behind it.
func join(b []byte, words ...string) []byte {
	for _, w := range words {
		b = append(append(b, w...), ' ')
	}
	return b
}

// DDelay is how long the message took to its recipient, in seconds: from its
// birth to the end of the attempt.
func (d *Delivery) DDelay() float64 { return d.End.Seconds() - d.Birth.Seconds() }

// XDelay is how long the attempt took, in seconds.
func (d *Delivery) XDelay() float64 { return d.End.Seconds() - d.Start.Seconds() }

// Host returns what follows the recipient's last "@"; without one all of it,
// channel included.
func (d *Delivery) Host() string {
	return d.Recipient[strings.LastIndexByte(d.Recipient, '@')+1:]
}

// QTime is how long the message was in the queue, in seconds.
func (m *Message) QTime() float64 { return m.End.Seconds() - m.Birth.Seconds() }

// ParseRecord reads a line that matchup has printed. Fields that are missing
// are empty.
func ParseRecord(line string) Record {
	if line == "" || line[0] != 'm' && line[0] != 'd' {
		return Other(line)
	}
	f := fields(line)
	if line[0] == 'm' {
		return &Message{
			Birth: Stamp(field(f, 1)), End: Stamp(field(f, 2)), Bytes: leading(field(f, 3)),
			Successes: leading(field(f, 4)), Failures: leading(field(f, 5)), Deferrals: leading(field(f, 6)),
			Sender: field(f, 7), QP: field(f, 8), UID: field(f, 9),
		}
	}
	d := &Delivery{
		Birth: Stamp(field(f, 2)), Start: Stamp(field(f, 3)), End: Stamp(field(f, 4)), Bytes: leading(field(f, 5)),
		Sender: field(f, 6), Recipient: field(f, 7), QP: field(f, 8), UID: field(f, 9), Reason: field(f, 10),
	}
	if result := field(f, 1); len(result) == 1 {
		d.Result = result[0]
	}
	return d
}
