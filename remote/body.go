package remote

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"qmailkit/internal/smtpwire"
)

// body is a message and what is known of it before it is sent.
type body struct {
	io.Reader
	size  int64 // in bytes, as it is sent; unknown where it cannot be read twice
	eight bool  // it may hold bytes above 127
}

const unknown = -1

// firstLook is how much of a message is kept in memory.
const firstLook = 16 << 10

// look reads as much of message as it can without losing any of it.
func look(message io.Reader) (body, error) {
	first := make([]byte, firstLook)
	n, err := io.ReadFull(message, first)
	first = first[:n]
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		m, err := measure(bytes.NewReader(first))
		return body{bytes.NewReader(first), m.size, m.eight}, err
	}
	if err != nil {
		return body{}, err
	}
	whole := io.MultiReader(bytes.NewReader(first), message)
	seeker, ok := message.(io.Seeker)
	if !ok {
		return body{whole, unknown, true}, nil
	}
	here, err := seeker.Seek(0, io.SeekCurrent)
	if err != nil {
		return body{whole, unknown, true}, nil // a pipe
	}
	m, err := measure(whole)
	if err != nil {
		return body{}, err
	}
	if _, err := seeker.Seek(here, io.SeekStart); err != nil {
		return body{}, err
	}
	return body{io.MultiReader(bytes.NewReader(first), message), m.size, m.eight}, nil
}

// meter counts what is written to it.
type meter struct {
	size  int64
	eight bool
}

func (m *meter) Write(b []byte) (int, error) {
	m.size += int64(len(b))
	for i := 0; i < len(b) && !m.eight; i++ {
		m.eight = b[i] > 127
	}
	return len(b), nil
}

func measure(message io.Reader) (meter, error) {
	var m meter
	out := bufio.NewWriter(&m)
	if err := smtpwire.WriteMessage(out, message); err != nil {
		return m, err
	}
	return m, out.Flush()
}

// message hands over the message itself and says goodbye, at once where the
// host takes more than one command at a time, and not yet where the connection
// may take another message.
func (t *transaction) message() Report {
	t.committed = true
	if err := smtpwire.WriteMessage(t.out, t.body); err != nil {
		var unread *smtpwire.ReadError
		if errors.As(err, &unread) {
			return temporary(noRead)
		}
		return t.dropped(false)
	}
	// From here on the host may have the message without our hearing of it.
	t.out.WriteString(smtpwire.End)
	early := t.extensions.Has(pipelining) && t.place == nil
	if early {
		t.write("QUIT")
	}
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
