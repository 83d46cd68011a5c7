// Package queuewire is how a message is handed to qmail-queued(8): over a
// connection to a socket in the qmail home.
//
// The client sends the message in chunks, each after its length in four bytes,
// the highest first, and an empty chunk as the end; then the envelope of
// envelopes(5). The server answers with the exit code that qmail-queue(8) would
// have ended with, in one byte, and the message's number for log lines in eight.
// A client that goes away before its envelope is whole has queued nothing.
//
// That is all of a connection, unless the client sends one byte more behind the
// envelope, Again: it would send another message. Where the server has queued the
// message and will take another, that byte comes behind its answer as well; a
// server that does not know of it answers and goes, as ever.
package queuewire

import (
	"errors"
	"io"
)

// The socket's name in the folder run of the qmail home.
const Socket = "queue"

// Again is what a client, and a server, says that is ready for another message.
const Again = 'a'

// ErrFormat is what no client sends.
var ErrFormat = errors.New("not a chunk of a message")

const (
	header   = 4
	maxChunk = 1 << 20 // bytes; a longer chunk is none
	answer   = 9
)

// Message reads the chunks of a message to their end. An end of the connection
// before that is io.ErrUnexpectedEOF.
type Message struct {
	in    io.Reader
	left  int // bytes of the chunk that is being read
	ended bool
}

// NewMessage reads from in, which should be buffered.
func NewMessage(in io.Reader) *Message { return &Message{in: in} }

func (m *Message) Read(b []byte) (int, error) {
	if m.left == 0 && !m.ended {
		var length [header]byte
		if _, err := io.ReadFull(m.in, length[:]); err != nil {
			return 0, early(err)
		}
		n := number(length[:])
		if n > maxChunk {
			return 0, ErrFormat
		}
		m.left, m.ended = int(n), n == 0
	}
	if m.ended {
		return 0, io.EOF
	}
	n, err := m.in.Read(b[:min(len(b), m.left)])
	m.left -= n
	if n > 0 {
		err = nil
	}
	return n, early(err)
}

func early(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Answer is what the server says: an exit code and the message's number.
func Answer(code, id int) []byte {
	b := make([]byte, answer)
	b[0] = byte(code)
	put(b[1:], uint64(id))
	return b
}

// ReadAnswer reads it.
func ReadAnswer(in io.Reader) (code, id int, err error) {
	var b [answer]byte
	if _, err := io.ReadFull(in, b[:]); err != nil {
		return 0, 0, early(err)
	}
	return int(b[0]), int(number(b[1:])), nil
}

// number reads b as a number, the highest byte first. Package encoding/binary
// would bring more along than the programs that queue one message want.
func number(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// put fills b with n.
func put(b []byte, n uint64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte(n)
		n >>= 8
	}
}
