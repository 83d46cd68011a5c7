// Package qmqp is the Quick Mail Queueing Protocol: a client hands over a
// whole message with its envelope in one netstring and is told, in another,
// what has become of it.
package qmqp

import (
	"bufio"
	"io"

	"qmailkit/internal/netstring"
)

// Port is where QMQP servers listen.
const Port = 628

// ErrFrame is a client that breaks the protocol.
var ErrFrame = netstring.ErrFormat

// Queue takes a message: *qclient.Message, or another of the kind.
type Queue interface {
	io.Writer
	From(sender string)
	To(recipient string)
	Fail()
}

// Receiver reads the one request of a connection.
type Receiver struct {
	whole *netstring.List // the connection
	in    *netstring.List // what is inside of its one netstring
}

// NewReceiver returns a Receiver that reads from r.
func NewReceiver(r io.Reader) *Receiver {
	return &Receiver{whole: netstring.NewList(bufio.NewReader(r))}
}

// Begin reads as far as the message and returns its length in bytes. An
// absurd length is netstring.ErrLength, other nonsense ErrFrame.
func (rc *Receiver) Begin() (int64, error) {
	length, err := rc.whole.Length()
	if err != nil {
		return 0, err
	}
	rc.in = rc.whole.Inner(length)
	return netstring.ReadLength(rc.in, netstring.MaxLength)
}

// Copy hands the message of the given length and its envelope to q. An
// address that is too long or holds a NUL is not an error of the protocol: it
// makes q fail and ok false.
func (rc *Receiver) Copy(q Queue, length int64) (ok bool, err error) {
	if !rc.in.Holds(length) {
		return false, ErrFrame
	}
	if _, err := io.CopyN(q, rc.in, length); err != nil {
		return false, err
	}
	if err := rc.in.Comma(); err != nil {
		return false, err
	}
	sender, ok, err := rc.in.Address()
	if err != nil {
		return false, err
	}
	q.From(sender)
	for !rc.in.Done() {
		recipient, good, err := rc.in.Address()
		if err != nil {
			return false, err
		}
		if good {
			q.To(recipient)
		}
		ok = ok && good
	}
	if err := rc.whole.Comma(); err != nil {
		return false, err
	}
	if !ok {
		q.Fail()
	}
	return ok, nil
}
