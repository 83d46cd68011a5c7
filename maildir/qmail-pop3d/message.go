package main

import (
	"bufio"
	"io"
	"os"
	"strings"

	"qmailkit/internal/control"
)

// wholeBody is a TOP without a limit.
const wholeBody = -1

// retr sends a message; a number behind the message's makes it a TOP, as
// some clients have come to rely on.
func (s *session) retr(arg string) {
	if i, ok := s.number(arg); ok {
		limit := wholeBody
		if n, digits := control.LeadingInt(behindNumber(arg)); digits > 0 {
			limit = n
		}
		s.send(i, limit)
	}
}

// top sends a message's header and so many lines of its body.
func (s *session) top(arg string) {
	i, ok := s.number(arg)
	if !ok {
		return
	}
	limit, digits := control.LeadingInt(behindNumber(arg))
	if digits == 0 {
		s.Err(errSyntax)
		return
	}
	s.send(i, limit)
}

// behindNumber returns what follows the number that arg begins with.
func behindNumber(arg string) string {
	return strings.TrimLeft(strings.TrimLeft(arg, "0123456789"), " ")
}

func (s *session) send(i, limit int) {
	f, err := os.Open(s.dir + "/" + s.messages[i].Path())
	if err != nil {
		s.Err(errOpen)
		return
	}
	defer f.Close()
	s.OK("")
	if s.broken = copyLines(s.W, bufio.NewReader(f), limit); s.broken == nil {
		s.W.WriteString(".\r\n")
	}
}

// copyLines sends the lines of r, those of the body up to the limit, each with
// CR LF at its end and another dot before its first one. An error is that of r.
func copyLines(w *bufio.Writer, r *bufio.Reader, limit int) error {
	inBody := false
	for {
		part, err := r.ReadSlice('\n')
		if err != nil && err != io.EOF && err != bufio.ErrBufferFull {
			return err
		}
		if len(part) == 0 {
			return nil
		}
		if inBody && limit != wholeBody {
			if limit == 0 {
				return nil
			}
			limit--
		}
		if part[0] == '.' {
			w.WriteByte('.')
		}
		n, err := line(w, r, part, err)
		if err != nil {
			return err
		}
		inBody = inBody || n == 0
	}
}

// line sends a line that begins with part, however long it is, and returns
// its length without the end. err is what came with part.
func line(w *bufio.Writer, r *bufio.Reader, part []byte, err error) (n int, _ error) {
	pending := false // a CR that may belong to the end
	for {
		if err == nil {
			part = part[:len(part)-1]
		}
		if pending && len(part) > 0 {
			w.WriteByte('\r')
			n++
		}
		pending = pending && len(part) == 0
		if len(part) > 0 && part[len(part)-1] == '\r' {
			part, pending = part[:len(part)-1], true
		}
		w.Write(part)
		n += len(part)
		if err != bufio.ErrBufferFull {
			break
		}
		part, err = r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull && err != io.EOF {
			return n, err
		}
	}
	w.WriteString("\r\n")
	return n, nil
}
