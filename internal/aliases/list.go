package aliases

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// maxPiece bounds what is taken into memory at once: a line, or a command.
const maxPiece = 64 << 20

var errPiece = errors.New("line over 64 megabytes")

// longest is the first length of "&address" that is ignored.
const longest = 900

// Lines calls f for each line of r. A line has its newline, except perhaps
// the last. The error is f's, or an *InputError.
func Lines(r io.Reader, f func(line string) error) error { return pieces(r, '\n', true, f) }

// Entries calls f for what each NUL of r ends: the commands of a database's
// record, or of a list that setmaillist(1) has made. What follows the last
// NUL is no command. The error is f's, or an *InputError.
func Entries(r io.Reader, f func(entry string) error) error {
	return pieces(r, 0, false, func(s string) error { return f(s[:len(s)-1]) })
}

func pieces(r io.Reader, end byte, partial bool, f func(string) error) error {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxPiece)
	s.Split(func(data []byte, atEOF bool) (int, []byte, error) {
		if n := bytes.IndexByte(data, end) + 1; n > 0 {
			return n, data[:n], nil
		}
		if atEOF && partial && len(data) > 0 {
			return len(data), data, nil
		}
		return 0, nil, nil
	})
	for s.Scan() {
		if err := f(s.Text()); err != nil {
			return err
		}
	}
	switch err := s.Err(); err {
	case nil:
		return nil
	case bufio.ErrTooLong:
		return &InputError{errPiece}
	default:
		return &InputError{err}
	}
}

// Followed tells whether a command says where a message goes on: "&address"
// of a length that can be, or the name of a list. Anything else is no part of
// a list, and of a database only where it starts a program.
func Followed(entry string) bool {
	switch {
	case entry == "":
		return false
	case entry[0] == '.' || entry[0] == '/':
		return true
	}
	return entry[0] == '&' && len(entry) < longest
}

// IsProgram tells whether a command of a database starts a program.
func IsProgram(entry string) bool { return entry != "" && (entry[0] == '|' || entry[0] == '!') }
