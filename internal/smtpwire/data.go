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

// WriteMessage copies the message in to out, all but the End line, as an
// Encoder makes it.
//
// An error of in comes as a *ReadError, one of out as it is.
func WriteMessage(out *bufio.Writer, in io.Reader) error {
	var e Encoder
	buf := make([]byte, bufferSize)
	var wire []byte
	for {
		n, err := in.Read(buf)
		wire = e.Append(wire[:0], buf[:n])
		if err == io.EOF {
			wire = e.Finish(wire)
		}
		if _, werr := out.Write(wire); werr != nil {
			return werr
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return &ReadError{err}
		}
	}
}

// Encoder makes a message what RFC 5321 4.5.2 wants it to be on its way: every
// line ends in CR LF and a dot at its start is doubled. A line of the message
// ends at LF, CR LF, or a CR that stands alone; where the last one has no end
// it gets one. So no CR and no LF is ever sent but in pairs, and no bytes in a
// message can look like its end.
//
// The zero Encoder is at the start of a message.
type Encoder struct {
	within  bool // a line
	afterCR bool // a CR has been read and not yet counted as anything
}

// Append adds the next bytes of the message to dst, of which they are no part.
// What is added is no more than twice as long as b, and two bytes.
func (e *Encoder) Append(dst, b []byte) []byte {
	for len(b) > 0 {
		line, rest, ended := bytes.Cut(b, []byte{'\n'})
		dst = e.text(dst, line)
		if ended {
			dst = e.endLine(dst) // also of a line whose CR has just been read
		}
		b = rest
	}
	return dst
}

// text takes bytes without an LF.
func (e *Encoder) text(dst, b []byte) []byte {
	for len(b) > 0 {
		if e.afterCR {
			dst = e.endLine(dst)
		}
		if !e.within && b[0] == '.' {
			dst = append(dst, '.')
		}
		before, after, cr := bytes.Cut(b, []byte{'\r'})
		if len(before) > 0 {
			dst = append(dst, before...)
			e.within = true
		}
		e.afterCR = cr
		b = after
	}
	return dst
}

func (e *Encoder) endLine(dst []byte) []byte {
	e.within, e.afterCR = false, false
	return append(dst, crlf...)
}

// Finish ends the last line.
func (e *Encoder) Finish(dst []byte) []byte {
	if e.afterCR || e.within {
		dst = e.endLine(dst)
	}
	return dst
}
