// Package qmtp is the Quick Mail Transfer Protocol: any number of messages on
// one connection, each a netstring of the message, one of the sender and one
// of the recipients, answered by one netstring for every recipient.
package qmtp

import (
	"bufio"
	"io"
)

// Port is where QMTP servers listen.
const Port = 209

// limited passes a message on until it is too long, and then makes it fail.
type limited struct {
	q         Queue
	left      int64
	unlimited bool
	over      bool
}

func (w *limited) Write(b []byte) (int, error) {
	if w.unlimited {
		return w.q.Write(b)
	}
	if w.left -= int64(len(b)); w.left < 0 && !w.over {
		w.over = true
		w.q.Fail()
	}
	if !w.over {
		w.q.Write(b)
	}
	return len(b), nil
}

// copyDOS copies length bytes in which CR LF ends a line; a lone CR or LF is a
// byte like any other.
func copyDOS(w io.Writer, r io.ByteReader, length int64) error {
	out := bufio.NewWriter(w)
	pending := false // a CR has been read and not yet written
	for ; length > 0; length-- {
		c, err := r.ReadByte()
		if err != nil {
			return err
		}
		if pending && c != '\n' {
			out.WriteByte('\r')
		}
		if pending = c == '\r'; !pending {
			out.WriteByte(c)
		}
	}
	if pending {
		out.WriteByte('\r')
	}
	return out.Flush()
}
