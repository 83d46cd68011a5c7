// Package pop3 is the part of POP3 (RFC 1939) that its two programs share:
// commands are lines of a verb and an argument, answers begin with +OK or
// -ERR. qmail-popup sees a client until it has said who it is, qmail-pop3d
// from then on.
package pop3

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"time"
)

// Timeout is how long a client may keep still.
const Timeout = 20 * time.Minute

// maxLine bounds a command line in bytes.
const maxLine = 64 << 10

// ErrLine is a client whose lines do not end.
var ErrLine = errors.New("line too long")

// Conn is a client's connection.
type Conn struct {
	r *bufio.Reader
	W *bufio.Writer // for answers of more than one line; flushed by the next Command
}

// Slowly reads from in byte by byte: what a Conn on it has not returned as a
// command is still to be read from in, by another Conn, by TLS, or by another
// program.
func Slowly(in io.Reader) io.Reader { return slow{in} }

type slow struct{ in io.Reader }

func (s slow) Read(b []byte) (int, error) { return s.in.Read(b[:min(len(b), 1)]) }

// NewConn returns the connection that reads from in and writes to out.
func NewConn(in io.Reader, out io.Writer) *Conn {
	c := &Conn{W: bufio.NewWriter(out)}
	c.r = bufio.NewReaderSize(flusher{c, in}, 4096)
	return c
}

// flusher sends the answers before it waits for the client.
type flusher struct {
	c  *Conn
	in io.Reader
}

func (f flusher) Read(b []byte) (int, error) {
	if err := f.c.W.Flush(); err != nil {
		return 0, err
	}
	return f.in.Read(b)
}

// Command reads a command. The verb is in upper case; a NUL ends the argument.
func (c *Conn) Command() (verb, arg string, err error) {
	var line []byte
	for {
		part, err := c.r.ReadSlice('\n')
		line = append(line, part...)
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull {
			return "", "", err
		}
		if len(line) > maxLine {
			return "", "", ErrLine
		}
	}
	text := strings.TrimSuffix(string(line[:len(line)-1]), "\r")
	text, _, _ = strings.Cut(text, "\x00")
	verb, arg, _ = strings.Cut(text, " ")
	return strings.ToUpper(verb), strings.TrimLeft(arg, " "), nil
}

// OK answers +OK and text.
func (c *Conn) OK(text string) { c.W.WriteString("+OK " + text + "\r\n") }

// Err answers -ERR and text.
func (c *Conn) Err(text string) { c.W.WriteString("-ERR " + text + "\r\n") }

// Lines answers +OK, the lines and the dot that ends them.
func (c *Conn) Lines(lines []string) {
	c.OK("")
	for _, line := range lines {
		c.W.WriteString(line + "\r\n")
	}
	c.W.WriteString(".\r\n")
}

// Flush sends the answers so far.
func (c *Conn) Flush() error { return c.W.Flush() }
