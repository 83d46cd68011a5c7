// Package inject makes a message that a person or a program wrote ready for
// the queue: it completes the header as qmail-header(5) has it and finds out
// the envelope. qmail-inject(8) is its classic front; it holds no state of the
// process, so that any number of messages can be made ready at once.
package inject

import (
	"errors"
	"io"
	"time"

	"qmailkit/internal/addr"
	"qmailkit/internal/control"
)

// Job says how one message is made ready.
type Job struct {
	Rules   *addr.Rules // complete addresses
	IDHost  string      // goes into Message-ID
	Author  Author
	Options Options
	Now     time.Time // goes into Date and Message-ID
	Pid     int       // goes into Message-ID

	Sender     *string     // the envelope sender; nil leaves it to Return-Path and Author
	Recipients []string    // complete addresses, besides those of the header
	FromHeader bool        // the header's recipients get the message too
	Lists      control.Map // addresses that make a Mail-Followup-To; nil for none
}

// Author is who writes where the message does not say. Line ends in its parts
// count as spaces.
type Author struct {
	User, Host string  // for From; without Host the rules' own
	Name       *string // a personal name for From, if any
	SenderUser string  // for the envelope
	SenderHost string  // for the envelope; without it the rules' own
}

// Options are the letters of QMAILINJECT.
type Options struct {
	NameInComment  bool // c: "box (name)" instead of "name <box>"
	DropReturnPath bool // s: what Return-Path says is ignored
	DropFrom       bool // f
	DropMessageID  bool // i
	PerRecipient   bool // r: a sender of its own for each recipient
	PerMessage     bool // m: a sender of its own for each message
}

// Letters reads QMAILINJECT; what it does not know has no meaning.
func Letters(s string) (o Options) {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case 'c':
			o.NameInComment = true
		case 's':
			o.DropReturnPath = true
		case 'f':
			o.DropFrom = true
		case 'i':
			o.DropMessageID = true
		case 'r':
			o.PerRecipient = true
		case 'm':
			o.PerMessage = true
		}
	}
	return o
}

// Message is a message that is ready, except that its body is still to be
// read; WriteTo may be called once.
type Message struct {
	Sender     string
	Recipients []string
	Header     string // its fields, each with its newline; no empty line

	input *input
	rest  string // of the body: what was read looking for the header's end
}

// FieldError is a header field, one of the message or one made from the
// Author, that cannot be understood although the envelope or the rewriting
// depends on it.
type FieldError struct{ Field string } // with its newline

func (e *FieldError) Error() string { return "unable to parse this line:\n" + e.Field }

// ReadError is a message that could not be read to its end.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return "read error" }
func (e *ReadError) Unwrap() error { return e.Err }

// ErrHeaderTooLong refuses a header above 16 MiB.
var ErrHeaderTooLong = errors.New("message header is larger than 16 MiB")

// ErrAddress is an address that names nobody or cannot be in an envelope.
var ErrAddress = errors.New("unusable address")

// Address completes an address of the command line: what stands before its
// last '@' is taken as it is, what follows is read as in a header. The empty
// address stays empty. The error is addr.ErrSyntax or ErrAddress.
func Address(rules *addr.Rules, s string) (string, error) {
	tokens, err := addr.Parse(addr.QuoteAddress(s))
	if err != nil {
		return "", err
	}
	s = addr.Unquote(rules.Complete(tokens))
	if hasNUL(s) {
		return "", ErrAddress
	}
	return s, nil
}

// Prepare reads the header of the message r, and no more than a buffer of its
// body. Its errors are FieldError, ReadError and ErrHeaderTooLong.
func (j *Job) Prepare(r io.Reader) (*Message, error) {
	h := &header{job: j}
	if j.Sender != nil {
		h.sender, h.hasSender = *j.Sender, true
	}
	in := newInput(r)
	rest, err := in.header(h.field)
	if err != nil {
		return nil, err
	}
	m, err := h.finish()
	if err != nil {
		return nil, err
	}
	m.input, m.rest = in, rest
	return m, nil
}

// ReturnPath returns the field that shows the envelope sender.
func (m *Message) ReturnPath() string {
	return "Return-Path: <" + oneLine(addr.QuoteAddress(m.Sender)) + ">\n"
}

// WriteTo writes header, empty line and body to w. A body that does not end
// with a newline gets one. Of its errors only those of reading are ReadError.
func (m *Message) WriteTo(w io.Writer) (n int64, err error) {
	for _, s := range []string{m.Header, m.rest} {
		k, err := io.WriteString(w, s)
		if n += int64(k); err != nil {
			return n, err
		}
	}
	k, err := m.input.body(w)
	return n + k, err
}
