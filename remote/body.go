package remote

import (
	"encoding/binary"
	"errors"
	"io"

	"qmailkit/internal/smtpwire"
)

// body is a message and what is known of it before it is sent.
type body struct {
	head  []byte    // the beginning, as far as it has been read
	rest  io.Reader // what follows; nil where all of it is in the buffers' wire
	size  int64     // in bytes, as it is sent; unknown where it cannot be read twice
	eight bool      // it may hold bytes above 127
}

const unknown = -1

// firstLook is how much of a message is kept in memory.
const firstLook = 16 << 10

// buffers are where a message is on its way from the file to the host. They
// stay with a connection, from message to message.
type buffers struct {
	head []byte // as read
	wire []byte // as sent
}

// room is the buffer to read into.
func (b *buffers) room() []byte {
	if b.head == nil {
		b.head = make([]byte, firstLook)
	}
	return b.head
}

// look reads as much of message as it can without losing any of it. A small
// one is then ready to be sent.
func (b *buffers) look(message io.Reader) (body, error) {
	n, err := io.ReadFull(message, b.room())
	head := b.head[:n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		var e smtpwire.Encoder
		b.wire = e.Finish(e.Append(b.wire[:0], head))
		return body{size: int64(len(b.wire)), eight: beyond(head)}, nil
	}
	if err != nil {
		return body{}, err
	}
	seeker, ok := message.(io.Seeker)
	if !ok {
		return body{head, message, unknown, true}, nil
	}
	here, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return body{head, message, unknown, true}, nil // a pipe
	}
	size, eight, err := b.measure(head, message)
	if err != nil {
		return body{}, err
	}
	if _, err := seeker.Seek(here, io.SeekStart); err != nil {
		return body{}, err
	}
	return body{head, message, size, eight}, nil
}

// measure reads the rest of a message, behind the head, to its end.
func (b *buffers) measure(head []byte, rest io.Reader) (size int64, eight bool, err error) {
	chunk := make([]byte, firstLook)
	err = b.encode(head, rest, chunk, func(read, wire []byte) error {
		size += int64(len(wire))
		eight = eight || beyond(read)
		return nil
	})
	return size, eight, err
}

// encode hands over the message piece by piece, as it was read, into chunk,
// and as it is sent. An error of rest comes as a *smtpwire.ReadError.
func (b *buffers) encode(head []byte, rest io.Reader, chunk []byte, take func(read, wire []byte) error) error {
	var e smtpwire.Encoder
	var rerr error
	for {
		b.wire = e.Append(b.wire[:0], head)
		if rerr == io.EOF {
			b.wire = e.Finish(b.wire)
		}
		if err := take(head, b.wire); err != nil {
			return err
		}
		switch {
		case rerr == io.EOF:
			return nil
		case rerr != nil:
			return &smtpwire.ReadError{Err: rerr}
		}
		var n int
		n, rerr = rest.Read(chunk)
		head = chunk[:n]
	}
}

// beyond tells whether there is a byte above 127, eight at a time.
func beyond(b []byte) bool {
	for ; len(b) >= 8; b = b[8:] {
		if binary.NativeEndian.Uint64(b)&0x8080808080808080 != 0 {
			return true
		}
	}
	for _, c := range b {
		if c > 127 {
			return true
		}
	}
	return false
}

// message hands over the message itself and says goodbye, at once where the
// host takes more than one command at a time, and not yet where the connection
// may take another message.
func (t *transaction) message() Report {
	t.committed = true
	if t.body.rest != nil {
		if report, ok := t.long(); !ok {
			return report
		}
	}
	// From here on the host may have the message without our hearing of it.
	t.wire = append(t.wire, smtpwire.End...)
	early := t.extensions.Has(pipelining) && t.place == nil
	if early {
		t.wire = append(t.wire, "QUIT\r\n"...)
	}
	t.out.Write(t.wire) // it keeps its error
	if t.out.Flush() != nil {
		return t.dropped(true)
	}
	reply, err := smtpwire.ReadReply(t.in)
	if err != nil {
		return t.dropped(true)
	}
	letter, after := byte(Accepted), " accepted message"
	if !reply.Positive() {
		letter, after = refusal(reply), " failed after I sent the message"
	}
	t.messages++
	t.spare = letter == Accepted && t.place != nil
	if early || t.spare {
		return t.report(letter, "", after, reply)
	}
	return t.quit(letter, "", after, reply)
}

// long sends a message that is not all in the buffers. Where ok is false the
// report ends the delivery.
func (t *transaction) long() (report Report, ok bool) {
	err := t.encode(t.body.head, t.body.rest, t.room(), func(_, wire []byte) error {
		_, err := t.out.Write(wire)
		return err
	})
	t.wire = t.wire[:0]
	var unread *smtpwire.ReadError
	switch {
	case errors.As(err, &unread):
		return temporary(noRead), false
	case err != nil:
		return t.dropped(false), false
	}
	return report, true
}
