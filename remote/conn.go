package remote

import (
	"bufio"
	"io"
	"strings"
	"time"

	"qmailkit/internal/addr"
	"qmailkit/internal/smtpwire"
)

// Conn is an SMTP session with a host. One with a place takes one message
// after the other.
type Conn struct {
	conn       io.ReadWriteCloser
	in         *bufio.Reader
	out        *bufio.Writer
	name       string // what we call ourselves
	target     Target
	peer       string              // the host's address, for reports
	extensions smtpwire.Extensions // nil where the host knows HELO only
	private    io.ReadWriteCloser  // conn by TLS; nil in clear
	version    string              // of TLS
	verified   bool                // the host's certificate is what control/tlshosts wants
	buffers
	reuse
}

// reuse is what matters to a connection that is to take several messages.
type reuse struct {
	place     *place // nil where it takes one only
	stream    Stream // conn, where there is a place
	timeout   time.Duration
	messages  int       // that the host has accepted
	spare     bool      // it is ready for another
	reused    bool      // it was idle before
	committed bool      // the host has, or may have, seen some of the message
	since     time.Time // it is idle
}

const (
	inBuffer  = 4 << 10
	outBuffer = 16 << 10
)

func newConn(conn io.ReadWriteCloser, t Target) *Conn {
	return &Conn{
		conn: conn, target: t, peer: t.IP.String(),
		in:  bufio.NewReaderSize(conn, inBuffer),
		out: bufio.NewWriterSize(conn, outBuffer),
	}
}

// Close ends the connection without a word.
func (c *Conn) Close() error {
	if c.private != nil {
		c.private.Close()
	}
	return c.conn.Close()
}

// Hello takes the host's greeting and says who we are. Where ok is false the
// report ends the delivery.
func (c *Conn) Hello() (report Report, ok bool) {
	reply, err := smtpwire.ReadReply(c.in)
	if err != nil {
		return c.dropped(false), false
	}
	if reply.Code != 220 {
		return c.quit(Deferred, "Connected to ", " but greeting failed", reply), false
	}
	return c.introduce()
}

// introduce says EHLO, and HELO where that is not taken (RFC 5321 3.2).
func (c *Conn) introduce() (report Report, ok bool) {
	c.extensions = nil
	reply, err := c.command("EHLO ", c.name, "")
	if err == nil && reply.Code == 250 {
		c.extensions = smtpwire.ParseExtensions(reply)
		return Report{}, true
	}
	if err == nil && reply.Code != 421 { // 421: it is going to hang up
		reply, err = c.command("HELO ", c.name, "")
	}
	if err != nil {
		return c.dropped(false), false
	}
	if reply.Code != 250 {
		return c.quit(Deferred, "Connected to ", " but my name was rejected", reply), false
	}
	return Report{}, true
}

// write puts a line into the buffer.
func (c *Conn) write(parts ...string) {
	for _, s := range parts {
		c.out.WriteString(s)
	}
	c.out.WriteString("\r\n")
}

// command sends a line and waits for the answer.
func (c *Conn) command(parts ...string) (smtpwire.Reply, error) {
	c.write(parts...)
	if err := c.out.Flush(); err != nil {
		return smtpwire.Reply{}, err
	}
	return smtpwire.ReadReply(c.in)
}

// quit says goodbye, does not wait for an answer, and makes the last report:
// whether the host still hears us makes no difference to it.
func (c *Conn) quit(letter byte, before, after string, reply smtpwire.Reply) Report {
	c.write("QUIT")
	c.out.Flush()
	return c.report(letter, before, after, reply)
}

func (c *Conn) report(letter byte, before, after string, reply smtpwire.Reply) Report {
	return Report{letter, before + c.peer + after + ".\n" + said(reply) + c.protocol()}
}

func (c *Conn) dropped(critical bool) Report {
	duplicate := ""
	if critical {
		duplicate = "Possible duplicate! "
	}
	return temporary("Connected to " + c.peer + " but connection died. " + duplicate + "(#4.4.2)\n")
}

// refusal is the letter for a reply that is no yes.
func refusal(reply smtpwire.Reply) byte {
	if reply.Permanent() {
		return Failed
	}
	return Deferred
}

func said(reply smtpwire.Reply) string {
	if len(reply.Text) == 0 {
		return ""
	}
	return "Remote host said: " + strings.ReplaceAll(string(reply.Text), "\x00", "?")
}

// quoted is an envelope address as commands have it. One without an @ is left
// as it is: nobody knows what its parts are.
func quoted(address string) string {
	if !strings.Contains(address, "@") {
		return address
	}
	return addr.QuoteAddress(address)
}
