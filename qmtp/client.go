package qmtp

import (
	"bufio"
	"errors"
	"io"

	"qmailkit/internal/netstring"
)

// Request is a message for one or more recipients.
type Request struct {
	// Message is sent as it is, its lines ended by newlines. Where it cannot
	// tell its size, as a pipe cannot, it is held in memory.
	Message    io.Reader
	Sender     string
	Recipients []string
}

// Bounds on what is taken into memory, in bytes.
const (
	maxInMemory = 256 << 20
	maxAnswer   = 64 << 10
)

// ReadError is a message that cannot be read, or not to the end that it had
// when it was begun.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return "message: " + e.Err.Error() }
func (e *ReadError) Unwrap() error { return e.Err }

// SendError is a connection that broke before the server could have taken the
// message.
type SendError struct{ Err error }

func (e *SendError) Error() string { return "sending: " + e.Err.Error() }
func (e *SendError) Unwrap() error { return e.Err }

var errTooLong = errors.New("too long to be held in memory")

// Send sends the request and returns the server's answers: for each recipient,
// in order, K, Z or D and text without NULs. Fewer come with an error: a
// *ReadError or *SendError where the server cannot have taken the message; any
// other where it may have, for the recipients without an answer too.
func (req Request) Send(in *bufio.Reader, out *bufio.Writer) (answers []string, err error) {
	if err := req.Write(out); err != nil {
		return nil, err
	}
	for range req.Recipients {
		answer, err := ReadAnswer(in)
		if err != nil {
			return answers, err
		}
		answers = append(answers, answer)
	}
	return answers, nil
}

// Write is Send without the answers, which ReadAnswer reads; a client need not
// wait for them before it writes its next request.
func (req Request) Write(out *bufio.Writer) error {
	message, size, err := measure(req.Message)
	if err != nil {
		return &ReadError{err}
	}
	out.Write(netstring.AppendLength(nil, int(size)+1))
	out.WriteByte('\n')
	n, err := io.Copy(writer{out}, io.LimitReader(message, size))
	var unsent *SendError
	switch {
	case errors.As(err, &unsent):
		return err
	case err != nil:
		return &ReadError{err}
	case n < size:
		return &ReadError{io.ErrUnexpectedEOF}
	}
	if err := req.envelope(out); err != nil {
		return &SendError{err}
	}
	// Without the last comma the server has no message; with it, it may.
	out.WriteByte(',')
	return out.Flush()
}

// envelope sends all that comes between the message and the last comma.
func (req Request) envelope(out *bufio.Writer) error {
	out.WriteByte(',')
	out.Write(netstring.Append(nil, req.Sender))
	length := 0
	for _, r := range req.Recipients {
		length += len(netstring.AppendLength(nil, len(r))) + len(r) + 1
	}
	out.Write(netstring.AppendLength(nil, length))
	for _, r := range req.Recipients {
		out.Write(netstring.Append(nil, r))
	}
	return out.Flush()
}

// writer marks the errors of a connection.
type writer struct{ out *bufio.Writer }

func (w writer) Write(b []byte) (int, error) {
	n, err := w.out.Write(b)
	if err != nil {
		err = &SendError{err}
	}
	return n, err
}

// measure finds out how long a message is.
func measure(message io.Reader) (io.Reader, int64, error) {
	if s, ok := message.(io.Seeker); ok {
		here, err := s.Seek(0, io.SeekCurrent)
		if err == nil {
			end, err := s.Seek(0, io.SeekEnd)
			if err == nil {
				_, err = s.Seek(here, io.SeekStart)
			}
			return message, max(end-here, 0), err
		}
	}
	all, err := io.ReadAll(io.LimitReader(message, maxInMemory+1))
	if err == nil && len(all) > maxInMemory {
		err = errTooLong
	}
	return &held{all}, int64(len(all)), err
}

// held is a message in memory.
type held struct{ rest []byte }

func (h *held) Read(b []byte) (int, error) {
	if len(h.rest) == 0 {
		return 0, io.EOF
	}
	n := copy(b, h.rest)
	h.rest = h.rest[n:]
	return n, nil
}

// ReadAnswer reads what became of one recipient: K, Z or D and text without
// NULs.
func ReadAnswer(in *bufio.Reader) (string, error) {
	n, err := netstring.ReadLength(in, maxAnswer)
	if err != nil {
		return "", err
	}
	text := make([]byte, n+1)
	if _, err := io.ReadFull(in, text); err != nil {
		return "", err
	}
	if text[n] != ',' || n == 0 || text[0] != 'K' && text[0] != 'Z' && text[0] != 'D' {
		return "", ErrFrame
	}
	for i, c := range text {
		if c == 0 {
			text[i] = '?'
		}
	}
	return string(text[:n]), nil
}
