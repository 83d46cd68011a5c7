package main

import (
	"errors"
	"io"
	"strings"

	"qmailkit/internal/addr"
	"qmailkit/internal/cmd"
	"qmailkit/internal/envelope"
	"qmailkit/internal/message"
	"qmailkit/internal/qclient"
)

const (
	usage         = "qreceipt deliveryaddress"
	textParse     = "unable to parse this: "
	textRead      = "read error"
	textFork      = "unable to fork"
	textPermanent = "permanent qmail-queue error"
	textTemporary = "temporary qmail-queue error"
)

const requestField = "notice-requested-upon-delivery-to"

// maxField bounds a header field that is kept, in bytes.
const maxField = 1 << 20

// Run sends a notice to the message's sender if its header asks for one from
// the address that is the first argument.
func Run(p *cmd.Proc) error {
	sender, set := p.LookupEnv("SENDER")
	if len(p.Args) == 0 || !set {
		return p.Usage(usage)
	}
	r := receipt{target: p.Args[0], sender: sender}
	asked, err := r.readHeader(p)
	if err != nil {
		return err
	}
	if asked && sender != "" && sender != envelope.DoubleBounce && !strings.ContainsAny(sender, "\r\n") {
		if err := r.send(p); err != nil {
			return err
		}
	}
	io.Copy(io.Discard, p.Stdin) // who writes the message may write all of it
	return nil
}

// receipt is one message and the notice for it.
type receipt struct {
	target    string // the address that the message has come to
	sender    string // who gets the notice
	messageID string // the message's Message-ID field, with its newline
}

// readHeader tells whether the header asks for a notice from the target.
func (r *receipt) readHeader(p *cmd.Proc) (asked bool, err error) {
	in := message.NewReader(p.Stdin, maxField)
	for {
		part, err := in.Next()
		switch {
		case errors.Is(err, io.EOF):
			return asked, nil
		case err != nil:
			return false, p.Fatal(cmd.ExitTemporary, textRead)
		case part.Body:
			return asked, nil
		case message.Is(part.Text, "message-id"):
			r.messageID = string(part.Text)
		case message.Is(part.Text, requestField):
			hit, ok := r.requested(string(part.Text))
			if !ok || part.Cut {
				return false, &cmd.Exit{
					Code: cmd.ExitPermanent, Text: p.Name + ": fatal: " + textParse + string(part.Text),
				}
			}
			asked = asked || hit
		}
	}
}

// requested tells whether one of the addresses in a field is the target. It is
// compared as it stands: nothing is completed, and case matters.
func (r *receipt) requested(field string) (hit, ok bool) {
	_, list, _ := strings.Cut(field, ":")
	tokens, err := addr.Parse(list)
	if err != nil {
		return false, false
	}
	_, err = addr.Rewrite(tokens, func(address []addr.Token) []addr.Token {
		hit = hit || addr.Unquote(address) == r.target
		return address
	})
	return hit, err == nil
}

// send queues the notice, from the empty sender: nobody answers it.
func (r *receipt) send(p *cmd.Proc) error {
	to := addr.QuoteAddress(r.sender)
	m, err := qclient.Open(p)
	if err != nil {
		return p.Fatal(cmd.ExitTemporary, textFork)
	}
	m.WriteString("From: DELIVERY NOTICE SYSTEM <" + to + ">\nTo: <" + to + ">\n" + `Subject: success notice

Hi! This is the qreceipt program. Your message was delivered to the
following address: ` + r.target + `. Thanks for asking.
`)
	if r.messageID != "" {
		m.WriteString("Your " + r.messageID)
	}
	m.From("")
	m.To(r.sender)
	var refusal *qclient.Refusal
	if err := m.Close(); errors.As(err, &refusal) {
		if refusal.Permanent {
			return p.Fatal(cmd.ExitPermanent, textPermanent)
		}
		return p.Fatal(cmd.ExitTemporary, textTemporary)
	}
	return nil
}
