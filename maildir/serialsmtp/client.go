package main

import (
	"bufio"
	"cmp"
	"errors"
	"io"
	"os"
	"strings"

	"qmailkit/internal/addr"
	"qmailkit/internal/cmd"
	"qmailkit/internal/smtpwire"
	"qmailkit/maildir"
)

// client is one connection.
type client struct {
	p              *cmd.Proc
	prefix, remote string
	in             *bufio.Reader
	out            *bufio.Writer
	pipelining     bool // RFC 2920
	used           bool // there has been a file, for the prefix or not: RSET comes first
}

// hello greets the server.
func (c *client) hello(name string) error {
	r, err := c.reply()
	if err != nil {
		return err
	}
	if r.Code != 220 {
		c.quit()
		return &failure{what: msgGreeting}
	}
	if r, err = c.ask("EHLO " + name); err != nil {
		return err
	}
	if r.Code == 250 {
		c.pipelining = smtpwire.ParseExtensions(r).Has("PIPELINING")
		return nil
	}
	if r, err = c.ask("HELO " + name); err != nil {
		return err
	}
	if r.Code != 250 {
		c.quit()
		return &failure{what: msgHelo}
	}
	return nil
}

// quit ends the session as far as the connection still allows.
func (c *client) quit() {
	c.say("QUIT")
	c.out.Flush()
}

func (c *client) say(command string) { c.out.WriteString(command + "\r\n") }

func (c *client) ask(command string) (smtpwire.Reply, error) {
	c.say(command)
	return c.reply()
}

// reply sends what is still to be sent, and reads.
func (c *client) reply() (smtpwire.Reply, error) {
	if err := c.out.Flush(); err != nil {
		return smtpwire.Reply{}, err
	}
	r, err := smtpwire.ReadReply(c.in)
	switch {
	case errors.Is(err, io.EOF):
		return r, &failure{what: msgEOF}
	case errors.Is(err, smtpwire.ErrTooLong), err == nil && r.Code == 0:
		return r, &failure{what: msgProtocol}
	case err != nil:
		return r, &failure{msgRead, err}
	}
	return r, nil
}

// file sends the message in f, if it is one for the prefix.
func (c *client) file(name string, f *os.File) error {
	reset := c.used
	c.used = true
	in := bufio.NewReader(f)
	envelope, ok, err := maildir.ReadEnvelope(in)
	if err != nil {
		return &failure{msgFile, err}
	}
	recipient, mine := strings.CutPrefix(envelope.Recipient, c.prefix)
	if !ok || !mine {
		return nil
	}
	commands := []string{"MAIL FROM:<" + addr.QuoteAddress(envelope.Sender) + ">", "RCPT TO:<" + addr.QuoteAddress(recipient) + ">", "DATA"}
	if reset {
		commands = append([]string{"RSET"}, commands...)
	}
	r, err := c.commands(commands)
	if err != nil {
		if r.Code >= 400 { // refused, and then came something else
			return cmp.Or(c.report(name, r), err)
		}
		return err
	}
	if r.Code < 400 {
		if r, err = c.message(in); err != nil {
			return err
		}
	}
	return c.report(name, r)
}

// commands sends them, all at once if the server allows that, and returns the
// reply to the last one or to the first that was refused. A server that refuses
// one and then does the next is not to be believed; nor is one that refuses
// RSET. An error may come with a reply that refused before it.
func (c *client) commands(list []string) (refused smtpwire.Reply, err error) {
	if c.pipelining {
		c.say(strings.Join(list, "\r\n"))
	}
	for _, command := range list {
		if !c.pipelining {
			c.say(command)
		}
		r, err := c.reply()
		if err != nil {
			return refused, err
		}
		accepted := r.Code < 400
		switch {
		case command == "RSET":
			if !accepted {
				return refused, &failure{what: msgProtocol}
			}
		case refused.Code != 0 && accepted:
			return refused, &failure{what: msgProtocol}
		case refused.Code == 0 && !accepted:
			refused = r
		case accepted && (r.Code/100 == 3) != (command == "DATA"):
			return refused, &failure{what: msgProtocol}
		case accepted && command == "DATA":
			return r, nil
		}
		if refused.Code != 0 && !c.pipelining {
			return refused, nil
		}
	}
	return refused, nil
}

// message sends the message and returns what the server makes of it.
func (c *client) message(in io.Reader) (smtpwire.Reply, error) {
	err := smtpwire.WriteMessage(c.out, in)
	var unread *smtpwire.ReadError
	if errors.As(err, &unread) {
		return smtpwire.Reply{}, &failure{msgFile, unread.Err}
	}
	if err != nil {
		return smtpwire.Reply{}, err
	}
	c.out.WriteString(smtpwire.End)
	r, err := c.reply()
	if err == nil && !r.Positive() && r.Code < 400 {
		err = &failure{what: msgProtocol}
	}
	return r, err
}

// report writes what became of a file: the last line of the reply.
func (c *client) report(name string, r smtpwire.Reply) error {
	lines := strings.Split(strings.TrimSuffix(string(r.Text), "\n"), "\n")
	result := maildir.Result{Name: name, Status: 'K', Text: maildir.Said(c.remote, lines[len(lines)-1])}
	switch {
	case r.Permanent():
		result.Status = 'D'
	case !r.Positive():
		result.Status = 'Z'
	}
	if _, err := c.p.Stdout.Write(result.Append(nil)); err != nil {
		return &failure{msgOutput, err}
	}
	return nil
}
