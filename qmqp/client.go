package qmqp

import (
	"bytes"
	"errors"
	"io"
	"time"

	"qmailkit/internal/netstring"
)

// Request is a message with its envelope, in one netstring.
type Request struct {
	before, message, after []byte
}

// ErrEnvelope is an envelope that is not as qmail-queue(8) wants it.
var ErrEnvelope = errors.New("bad envelope")

// NewRequest makes the request for a message and for its envelope as
// qmail-queue reads it: F, the sender and a NUL; T, a recipient and a NUL, any
// number of times; a NUL.
func NewRequest(message, envelope []byte) (*Request, error) {
	after := []byte{','}
	for kind := byte('F'); ; kind = 'T' {
		record, rest, whole := bytes.Cut(envelope, []byte{0})
		envelope = rest
		switch {
		case !whole:
			return nil, ErrEnvelope
		case len(record) == 0 && kind == 'T':
			before := netstring.AppendLength(nil, len(message))
			total := len(before) + len(message) + len(after)
			return &Request{append(netstring.AppendLength(nil, total), before...), message, append(after, ',')}, nil
		case len(record) == 0 || record[0] != kind:
			return nil, ErrEnvelope
		}
		after = netstring.Append(after, string(record[1:]))
	}
}

// Answer is the letter that a server's answer begins with.
type Answer byte

// The answers: the message is queued, or refused until later or for good.
const (
	Queued    Answer = 'K'
	Temporary Answer = 'Z'
	Permanent Answer = 'D'
)

// Conn is a connection to a server: a net.Conn.
type Conn interface {
	io.ReadWriter
	SetDeadline(time.Time) error
}

// maxAnswer bounds what is read of an answer before its letter.
const maxAnswer = 64 << 10

// Send sends the request and waits for the answer. Each step may take limit.
func (req *Request) Send(conn Conn, limit time.Duration) (Answer, error) {
	for _, part := range [][]byte{req.before, req.message, req.after} {
		for len(part) > 0 { // piece by piece: a slow line is not a dead one
			piece := part[:min(len(part), 64<<10)]
			conn.SetDeadline(time.Now().Add(limit))
			if _, err := conn.Write(piece); err != nil {
				return 0, err
			}
			part = part[len(piece):]
		}
	}
	buf := make([]byte, 1024)
	for total := 0; total < maxAnswer; {
		conn.SetDeadline(time.Now().Add(limit))
		n, err := conn.Read(buf)
		if i := bytes.IndexAny(buf[:n], "KZD"); i >= 0 {
			return Answer(buf[i]), nil
		}
		if err != nil {
			return 0, err
		}
		total += n
	}
	return 0, ErrFrame
}
