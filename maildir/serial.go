package maildir

import (
	"bufio"
	"errors"

	"qmailkit/internal/printable"
)

// The list of files that maildirserial writes and its client reads has a NUL
// behind each name. The client answers with results.

// Result is what became of a file that was sent: its name, K when it was
// taken, Z when it was not, D when it never will be, and what was said.
type Result struct {
	Name   string
	Status byte
	Text   string // without its newline
}

// ErrTooLong is a name or a result that does not come to an end.
var ErrTooLong = errors.New("line too long")

const (
	maxSerial = 64 << 10 // bounds names and texts that are read
	maxResult = 2000     // bounds a result that is written, status included
)

// ReadName reads one name of a list. It returns io.EOF after the last; what
// has no NUL is none.
func ReadName(r *bufio.Reader) (string, error) { return until(r, 0) }

// ReadResult reads one result. It returns io.EOF after the last whole one.
func ReadResult(r *bufio.Reader) (Result, error) {
	name, err := ReadName(r)
	if err != nil {
		return Result{}, err
	}
	status, err := r.ReadByte()
	if err != nil {
		return Result{}, err
	}
	text, err := until(r, '\n')
	return Result{Name: name, Status: status, Text: text}, err
}

// Append adds the result to b as a client writes it. A long text is cut, and
// question marks take the place of what cannot be printed.
func (r Result) Append(b []byte) []byte {
	text := r.Text
	if len(text) >= maxResult {
		text = text[:maxResult-1]
	}
	b = append(append(b, r.Name...), 0, r.Status)
	return append(append(b, printable.Replace(text, '?')...), '\n')
}

func until(r *bufio.Reader, end byte) (string, error) {
	var b []byte
	for {
		c, err := r.ReadByte()
		switch {
		case err != nil:
			return "", err
		case c == end:
			return string(b), nil
		case len(b) == maxSerial:
			return "", ErrTooLong
		}
		b = append(b, c)
	}
}

// Said puts who has said a text before it: remote is TCPREMOTEIP, empty when
// that is not known.
func Said(remote, text string) string {
	if remote == "" {
		return text
	}
	return remote + " said: " + text
}
