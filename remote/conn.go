package remote

import (
	"bufio"
	"errors"
	"io"
	"net/netip"
	"strings"

	"qmailkit/internal/addr"
	"qmailkit/internal/smtpwire"
)

// Conn is an SMTP session with a host. It can take one message after the
// other; whoever keeps it for another one begins that with RSET.
type Conn struct {
	conn       io.ReadWriteCloser
	in         *bufio.Reader
	out        *bufio.Writer
	peer       string              // the host's address, for reports
	extensions smtpwire.Extensions // nil where the host knows HELO only
}

const (
	inBuffer  = 4 << 10
	outBuffer = 16 << 10
)

func newConn(conn io.ReadWriteCloser, ip netip.Addr) *Conn {
	return &Conn{
		conn: conn, peer: ip.String(),
		in:  bufio.NewReaderSize(conn, inBuffer),
		out: bufio.NewWriterSize(conn, outBuffer),
	}
}

// Close ends the connection without a word.
func (c *Conn) Close() error { return c.conn.Close() }

// Hello takes the host's greeting and says who we are: EHLO, and HELO where
// that is not taken (RFC 5321 3.2). Where ok is false the report ends the
// delivery.
func (c *Conn) Hello(name string) (report Report, ok bool) {
	reply, err := smtpwire.ReadReply(c.in)
	if err != nil {
		return c.dropped(false), false
	}
	if reply.Code != 220 {
		return c.quit(Deferred, "Connected to ", " but greeting failed", reply), false
	}
	reply, err = c.command("EHLO ", name, "")
	if err == nil && reply.Code == 250 {
		c.extensions = smtpwire.ParseExtensions(reply)
		return Report{}, true
	}
	if err == nil && reply.Code != 421 { // 421: it is going to hang up
		reply, err = c.command("HELO ", name, "")
	}
	if err != nil {
		return c.dropped(false), false
	}
	if reply.Code != 250 {
		return c.quit(Deferred, "Connected to ", " but my name was rejected", reply), false
	}
	return Report{}, true
}

// Send hands over one message and says goodbye. A reply of a kind that has no
// place where it is given, 1xx for one, counts as a temporary refusal.
func (c *Conn) Send(job Job) (result Result) {
	reply, err := c.command("MAIL FROM:<", quoted(job.Sender), ">")
	switch {
	case err != nil:
		return Result{Message: c.dropped(false)}
	case !reply.Positive():
		return Result{Message: c.quit(refusal(reply), "Connected to ", " but sender was rejected", reply)}
	}
	any := false
	for _, recipient := range job.Recipients {
		report, err := c.recipient(recipient)
		if err != nil {
			result.Message = c.dropped(false)
			return result
		}
		result.Recipients = append(result.Recipients, report)
		any = any || report.Letter == RecipientAccepted
	}
	if !any {
		result.Message = c.quit(Failed, "Giving up on ", "", smtpwire.Reply{})
		return result
	}
	result.Message = c.data(job.Message)
	return result
}

// recipient names a recipient.
func (c *Conn) recipient(address string) (Report, error) {
	if !fits(address) {
		return Report{RecipientRejected, badRecipient}, nil
	}
	reply, err := c.command("RCPT TO:<", quoted(address), ">")
	letter := byte(RecipientDeferred)
	switch {
	case err != nil:
		return Report{}, err
	case reply.Positive():
		return Report{Letter: RecipientAccepted}, nil
	case reply.Permanent():
		letter = RecipientRejected
	}
	return Report{letter, c.peer + " does not like recipient.\n" + said(reply)}, nil
}

// data hands over the message itself.
func (c *Conn) data(message io.Reader) Report {
	reply, err := c.command("DATA", "", "")
	if err != nil {
		return c.dropped(false)
	}
	if !reply.Positive() && reply.Code/100 != 3 {
		return c.quit(refusal(reply), "", " failed on DATA command", reply)
	}
	if err := smtpwire.WriteMessage(c.out, message); err != nil {
		var unread *smtpwire.ReadError
		if errors.As(err, &unread) {
			return temporary(noRead)
		}
		return c.dropped(false)
	}
	// From here on the host may have the message without our hearing of it.
	c.out.WriteString(smtpwire.End)
	if c.out.Flush() == nil {
		reply, err = smtpwire.ReadReply(c.in)
	} else {
		err = errGone
	}
	switch {
	case err != nil:
		return c.dropped(true)
	case !reply.Positive():
		return c.quit(refusal(reply), "", " failed after I sent the message", reply)
	}
	return c.quit(Accepted, "", " accepted message", reply)
}

// errGone is a host that takes nothing any more.
var errGone = errors.New("connection lost")

// command sends a line and waits for the answer.
func (c *Conn) command(before, argument, after string) (smtpwire.Reply, error) {
	c.out.WriteString(before)
	c.out.WriteString(argument)
	c.out.WriteString(after)
	c.out.WriteString("\r\n")
	if err := c.out.Flush(); err != nil {
		return smtpwire.Reply{}, err
	}
	return smtpwire.ReadReply(c.in)
}

// quit says goodbye, does not wait for an answer, and makes the last report:
// whether the host still hears us makes no difference to it.
func (c *Conn) quit(letter byte, before, after string, reply smtpwire.Reply) Report {
	c.out.WriteString("QUIT\r\n")
	c.out.Flush()
	return Report{letter, before + c.peer + after + ".\n" + said(reply)}
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
