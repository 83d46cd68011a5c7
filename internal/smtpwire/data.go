package smtpwire

import (
	"bufio"
	"bytes"
	"io"
)

const crlf = "\r\n"

// End is the line that ends a message.
const End = "." + crlf

// bufferSize is how much of a message is in memory at once.
const bufferSize = 16 << 10

// ReadError is a message that cannot be read to its end.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return "message: " + e.Err.Error() }
func (e *ReadError) Unwrap() error { return e.Err }

// WriteMessage copies the message in to out, all but the End line, as RFC 5321
// 4.5.2 wants it: every line ends in CR LF and a dot at its start is doubled.
// A line of the message ends at LF, CR LF, or a CR that stands alone; where
// the last one has no end it gets one. So no CR and no LF is ever sent but in
// pairs, and no bytes in a message can look like its end.
//
// An error of in comes as a *ReadError, one of out as it is.
func WriteMessage(out *bufio.Writer, in io.Reader) error {
	e := encoder{out: out, atStart: true}
	buf := make([]byte, bufferSize)
	for {
		n, err := in.Read(buf)
		if werr := e.write(buf[:n]); werr != nil {
			return werr
		}
		if err == io.EOF {
			return e.finish()
		}
		if err != nil {
			return &ReadError{err}
		}
	}
}

type encoder struct {
	out     *bufio.Writer
	atStart bool // of a line
	afterCR bool // a CR has been read and not yet counted as anything
}

// write takes the next bytes of the message. Of many writes to a bufio.Writer
// the first error is kept.
func (e *encoder) write(b []byte) error {
	for len(b) > 0 {
		line, rest, ended := bytes.Cut(b, []byte{'\n'})
		e.text(line)
		if ended {
			e.endLine() // also of a line whose CR has just been read
		}
		b = rest
	}
	_, err := e.out.Write(nil)
	return err
}

// text takes bytes without an LF.
func (e *encoder) text(b []byte) {
	for len(b) > 0 {
		if e.afterCR {
			e.endLine()
		}
		if e.atStart && b[0] == '.' {
			e.out.WriteByte('.')
		}
		before, after, cr := bytes.Cut(b, []byte{'\r'})
		if len(before) > 0 {
			e.out.Write(before)
			e.atStart = false
		}
		e.afterCR = cr
		b = after
	}
}

func (e *encoder) endLine() {
	e.out.WriteString(crlf)
	e.atStart, e.afterCR = true, false
}

func (e *encoder) finish() error {
	if e.afterCR || !e.atStart {
		e.endLine()
	}
	_, err := e.out.Write(nil)
	return err
}
