package local

import (
	"bufio"
	"io"

	"qmailkit/internal/errstr"
	"qmailkit/internal/plain"
)

// bufferSize is how much of a message is copied at a time.
const bufferSize = 1 << 16

// scratch is memory that a delivery uses and leaves to the next one, which
// would otherwise have to be cleared and collected for each.
type scratch struct {
	first [bufferSize]byte // the beginning of the message
	lines *bufio.Reader
	copy  *bufio.Writer
}

func newScratch() any {
	return &scratch{lines: bufio.NewReader(nil), copy: bufio.NewWriterSize(nil, bufferSize)}
}

// content is what is to be delivered. Its beginning, or all of it, is in memory.
type content struct {
	file  plain.FD
	first []byte
	whole bool
}

// load reads the beginning.
func (m *content) load(buf []byte) error {
	n := 0
	for n < len(buf) {
		k, err := m.file.ReadAt(buf[n:], int64(n))
		if err == io.EOF {
			m.whole = true
			break
		}
		if err != nil {
			return err
		}
		n += k
	}
	m.first = buf[:n]
	return nil
}

// source reads the message from its start. It leaves the descriptor's offset
// alone, which programs share. Its errors are marked.
type source struct {
	*content
	at int64
}

func (s *source) Read(b []byte) (n int, err error) {
	switch {
	case s.at < int64(len(s.first)):
		n = copy(b, s.first[s.at:])
	case s.whole:
		return 0, io.EOF
	default:
		n, err = s.file.ReadAt(b, s.at)
	}
	s.at += int64(n)
	if err != nil && err != io.EOF {
		err = &readError{err}
	}
	return n, err
}

// readError is a failure on the message's side of a copy.
type readError struct{ err error }

func (e *readError) Error() string {
	return "Unable to read message: " + errstr.Text(e.err) + ". (#4.3.0)"
}
func (e *readError) Unwrap() error { return e.err }

// copyMessage copies the message: into the buffer of a bufio.Writer itself. The
// error is a *readError or one of writing.
func (d *delivery) copyMessage(w io.Writer) error {
	_, err := io.Copy(w, &source{content: &d.content})
	return err
}

// realError leaves the end of a file out.
func realError(err error) error {
	if err == io.EOF {
		return nil
	}
	return err
}
