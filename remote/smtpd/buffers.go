package smtpd

import (
	"bufio"
	"sync"
)

const (
	idleBuffer = 2 << 10  // bytes of input that a session holds while it waits for a command
	bufferSize = 64 << 10 // read at once of a message; also what is collected of one for the queue
)

// Buffers are the large pieces of memory that a session needs for a message, or
// a long command, and not while it waits. Sessions may share one. The zero
// value is ready.
type Buffers struct {
	readers sync.Pool // *bufio.Reader
	blocks  sync.Pool // *[]byte, of that capacity
}

func (b *Buffers) reader() *bufio.Reader {
	if r, ok := b.readers.Get().(*bufio.Reader); ok {
		return r
	}
	return bufio.NewReaderSize(nil, bufferSize)
}

func (b *Buffers) block() []byte {
	if block, ok := b.blocks.Get().(*[]byte); ok {
		return (*block)[:0]
	}
	return make([]byte, 0, bufferSize)
}

func (b *Buffers) give(block []byte) { b.blocks.Put(&block) }

// widen has the session read by a large buffer.
func (s *Session) widen() {
	if s.r == s.idleReader {
		s.r = s.Buffers.reader()
		s.r.Reset(s.idleReader)
	}
}

// narrow gives the large buffer back as soon as there is nothing in it.
func (s *Session) narrow() {
	if s.r != s.idleReader && s.r.Buffered() == 0 {
		s.r.Reset(nil)
		s.Buffers.readers.Put(s.r)
		s.r = s.idleReader
	}
}

// readFrom has the session read from another place; what has been read and not
// been looked at is lost.
func (s *Session) readFrom(in source) {
	s.r.Reset(nil)
	s.narrow()
	s.idleReader.Reset(in)
}

// unread is what has been read and not been looked at.
func (s *Session) unread() []byte {
	rest, _ := s.r.Peek(s.r.Buffered())
	if s.r != s.idleReader {
		more, _ := s.idleReader.Peek(s.idleReader.Buffered())
		rest = append(rest[:len(rest):len(rest)], more...)
	}
	return rest
}
