// Package qmqp is the Quick Mail Queueing Protocol: a client hands over a
// whole message with its envelope in one netstring and is told, in another,
// what has become of it.
package qmqp

import (
	"bufio"
	"errors"
	"io"

	"qmailkit/internal/netstring"
)

// Port is where QMQP servers listen.
const Port = 628

// maxLength bounds a length that a client may announce; memory is never taken
// by it.
const maxLength = 2_000_000_009

// maxAddress is one more than the longest address taken, in bytes.
const maxAddress = 1000

// ErrFrame is a client that breaks the protocol.
var ErrFrame = errors.New("not QMQP")

// Queue takes a message: *qclient.Message, or another of the kind.
type Queue interface {
	io.Writer
	From(sender string)
	To(recipient string)
	Fail()
}

// Receiver reads the one request of a connection.
type Receiver struct {
	r    *bufio.Reader
	left int64 // bytes of the outer netstring that are still to come
}

// NewReceiver returns a Receiver that reads from r.
func NewReceiver(r io.Reader) *Receiver {
	return &Receiver{r: bufio.NewReader(r)}
}

// Begin reads as far as the message and returns its length in bytes. An
// absurd length is netstring.ErrLength, other nonsense ErrFrame.
func (rc *Receiver) Begin() (int64, error) {
	left, err := netstring.ReadLength(rc.r, maxLength)
	if err != nil {
		return 0, frameError(err)
	}
	rc.left = left
	return rc.length()
}

// Copy hands the message of the given length and its envelope to q. An
// address that is too long or holds a NUL is not an error of the protocol: it
// makes q fail and ok false.
func (rc *Receiver) Copy(q Queue, length int64) (ok bool, err error) {
	if length >= rc.left {
		return false, ErrFrame
	}
	if _, err := io.CopyN(q, rc.r, length); err != nil {
		return false, err
	}
	rc.left -= length
	if err := rc.comma(); err != nil {
		return false, err
	}
	sender, ok, err := rc.address()
	if err != nil {
		return false, err
	}
	q.From(sender)
	for rc.left > 0 {
		recipient, good, err := rc.address()
		if err != nil {
			return false, err
		}
		if good {
			q.To(recipient)
		}
		ok = ok && good
	}
	rc.left = 1
	if err := rc.comma(); err != nil {
		return false, err
	}
	if !ok {
		q.Fail()
	}
	return ok, nil
}

// ReadByte reads within the outer netstring.
func (rc *Receiver) ReadByte() (byte, error) {
	if rc.left == 0 {
		return 0, ErrFrame
	}
	rc.left--
	return rc.r.ReadByte()
}

func (rc *Receiver) length() (int64, error) {
	n, err := netstring.ReadLength(rc, maxLength)
	return n, frameError(err)
}

func (rc *Receiver) comma() error {
	c, err := rc.ReadByte()
	if err == nil && c != ',' {
		err = ErrFrame
	}
	return err
}

func (rc *Receiver) address() (address string, ok bool, err error) {
	n, err := rc.length()
	if err != nil {
		return "", false, err
	}
	if n >= rc.left {
		return "", false, ErrFrame
	}
	ok = n < maxAddress
	buf := make([]byte, 0, maxAddress)
	for range n {
		c, err := rc.ReadByte()
		if err != nil {
			return "", false, err
		}
		if ok = ok && c != 0; ok {
			buf = append(buf, c)
		}
	}
	if !ok {
		buf = buf[:0]
	}
	return string(buf), ok, rc.comma()
}

func frameError(err error) error {
	if errors.Is(err, netstring.ErrFormat) {
		return ErrFrame
	}
	return err
}
