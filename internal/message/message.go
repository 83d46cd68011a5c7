// Package message takes a message apart into the fields of its header and the
// lines of its body, as qmail's programs see them (qmail-header(5)).
package message

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Part is one field of the header, continuation lines included, or one line
// of the body. Text ends with a newline, even where the message does not.
type Part struct {
	Body bool
	Text []byte // valid until the next call of Next
	Cut  bool   // Text is not all: it was longer than the reader's limit
}

// mboxLine is the name under which a From_ line in the header is shown.
const mboxLine = "MBOX-Line: "

// Reader reads one message.
//
// The header ends with the first empty line, or before the first line that is
// no field: an empty line is put before that one. A body thus always begins
// with an empty line; a message that ends with its header has none.
type Reader struct {
	in    *bufio.Reader
	limit int

	body  bool
	ahead bool   // line and cut, or eof, are what Next has not looked at yet
	line  []byte // the last line read, with its newline
	cut   bool   // it was longer than limit
	eof   bool
	field []byte // continuation lines are gathered here
}

// NewReader reads the message r. No field or line is kept beyond limit bytes
// (its newline apart); what is longer is read and cut.
func NewReader(r io.Reader, limit int) *Reader {
	return &Reader{in: bufio.NewReaderSize(r, 4096), limit: limit}
}

// Next returns the next part, io.EOF after the last, or the error of reading.
func (r *Reader) Next() (Part, error) {
	if !r.ahead {
		if err := r.readLine(); err != nil {
			return Part{}, err
		}
		r.ahead = true
	}
	switch {
	case r.eof:
		return Part{}, io.EOF
	case r.body, len(r.line) == 1:
		r.body, r.ahead = true, false
		return Part{Body: true, Text: r.line, Cut: r.cut}, nil
	case bytes.HasPrefix(r.line, []byte("From ")):
		return r.headerField(mboxLine)
	case valid(r.line):
		return r.headerField("")
	}
	r.body = true
	return Part{Body: true, Text: []byte("\n")}, nil
}

func (r *Reader) headerField(prefix string) (Part, error) {
	r.field = append(append(r.field[:0], prefix...), r.line...)
	cut := r.cut
	for {
		if err := r.readLine(); err != nil {
			return Part{}, err
		}
		if r.eof || (r.line[0] != ' ' && r.line[0] != '\t') {
			return Part{Text: r.field, Cut: cut}, nil
		}
		if len(r.field)+len(r.line) > r.limit+1 {
			cut = true
			continue
		}
		r.field = append(r.field, r.line...)
		cut = cut || r.cut
	}
}

// readLine sets line and cut, or eof.
func (r *Reader) readLine() error {
	r.line, r.cut = r.line[:0], false
	for {
		chunk, err := r.in.ReadSlice('\n')
		if room := r.limit - len(r.line); len(chunk) > room+1 || (len(chunk) > room && err != nil) {
			chunk, r.cut = chunk[:room], true
		}
		r.line = append(r.line, chunk...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			if len(r.line) == 0 {
				r.eof = true
				return nil
			}
		case err != nil:
			return err
		}
		if r.line[len(r.line)-1] != '\n' {
			r.line = append(r.line, '\n')
		}
		return nil
	}
}

// valid tells whether line begins a field: a name of printable characters,
// then perhaps spaces and tabs, then a colon.
func valid(line []byte) bool {
	name, _, found := bytes.Cut(line, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	for _, c := range name {
		if c <= ' ' || c >= 127 {
			return false
		}
	}
	return found && len(name) > 0
}

// Is tells whether field is one of the given name, in lower case here and in
// any case there.
func Is(field []byte, name string) bool {
	if len(field) < len(name) {
		return false
	}
	for i := 0; i < len(name); i++ {
		c := field[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != name[i] {
			return false
		}
	}
	rest := bytes.TrimLeft(field[len(name):], " \t")
	return len(rest) > 0 && rest[0] == ':'
}

// Value returns what a field holds behind its name, without the white space
// before it. It still has its newline, unless it holds nothing else.
func Value(field []byte) []byte {
	_, value, _ := bytes.Cut(field, []byte(":"))
	return bytes.TrimLeft(value, " \t\r\n")
}
