// Package smtpwire is the client's side of SMTP on the wire: replies, what a
// server says that it can do, and a message on its way (RFC 5321).
package smtpwire

import (
	"bufio"
	"errors"
)

const (
	// MaxText is how much of a reply's text is kept.
	MaxText   = 5000
	usualText = 64 // holds most replies
	// maxReply is how long a reply may be at all.
	maxReply = 1 << 20
)

// ErrTooLong is a reply that does not come to an end.
var ErrTooLong = errors.New("reply too long")

// Reply is an answer of a server.
type Reply struct {
	// Code is that of the first line, 100 to 999; 0 is a line that does not
	// begin with such a number.
	Code int
	// Text is all lines as they came, codes included, each ended by a newline.
	// Carriage returns are left out, and what is beyond MaxText bytes.
	Text []byte
}

// Positive tells whether the server has done what it was asked for: 2xx.
func (r Reply) Positive() bool { return r.Code/100 == 2 }

// Permanent tells whether the server says that it never will: 5xx, and what
// there may be above that.
func (r Reply) Permanent() bool { return r.Code >= 500 }

// ReadReply reads one reply, of as many lines as it has. The error is that of
// r, or ErrTooLong; what is left of the reply then cannot be found any more.
//
// A line's first three bytes are its code whatever they are, and a '-' after
// them announces another line; so it has always been read here, and servers
// that number their lines badly depend on it.
func ReadReply(r *bufio.Reader) (Reply, error) {
	g := gatherer{r: r, reply: Reply{Text: make([]byte, 0, usualText)}}
	for first := true; ; first = false {
		var code [3]byte
		for i := range code {
			code[i] = g.next()
		}
		if first {
			g.reply.Code = parseCode(code)
		}
		c := g.next()
		more := c == '-'
		for c != '\n' && g.err == nil {
			c = g.next()
		}
		if g.err != nil {
			return Reply{}, g.err
		}
		if !more {
			return g.reply, nil
		}
	}
}

func parseCode(b [3]byte) int {
	code := 0
	for _, c := range b {
		if c-'0' > 9 {
			return 0
		}
		code = code*10 + int(c-'0')
	}
	if code < 100 {
		return 0
	}
	return code
}

// gatherer reads a reply byte by byte and remembers the first error.
type gatherer struct {
	r     *bufio.Reader
	reply Reply
	size  int
	err   error
}

func (g *gatherer) next() byte {
	if g.err != nil {
		return 0
	}
	if g.size++; g.size > maxReply {
		g.err = ErrTooLong
		return 0
	}
	c, err := g.r.ReadByte()
	if err != nil {
		g.err = err
		return 0
	}
	if c != '\r' && len(g.reply.Text) < MaxText {
		g.reply.Text = append(g.reply.Text, c)
	}
	return c
}
