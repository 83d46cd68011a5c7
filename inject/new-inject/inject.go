package main

import (
	"errors"
	"strings"

	"qmailkit/inject"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/mess822"
	"qmailkit/internal/plain"
	"qmailkit/internal/qclient"
)

const (
	synopsis    = "new-inject [ -nNaAhHFIMRS ] [ -f sender ] [ recip ... ]\n" // an empty line follows
	textInput   = "unable to read input"
	textOutput  = "unable to write message"
	textQueue   = "unable to run qmail-queue"
	textAddress = "unable to use address: "
	textMFT     = "unable to read $QMAILMFTFILE"
	textRules   = "unable to read $QMAILREWRITEFILE"
	textHome    = "unable to switch to "
	textRead    = "unable to read "
)

// Run is new-inject.
func Run(p *cmd.Proc) error {
	o, err := options(p)
	if err != nil {
		return err
	}
	w, err := rewriter(p, o)
	if err != nil {
		return err
	}
	m, err := w.Rewrite(p.Stdin)
	if err != nil {
		return failure(p, err)
	}
	if err := envelope(p, o, w.Rules, m); err != nil {
		return err
	}
	if o.print {
		return show(p, &m.Message)
	}
	return failure(p, qclient.Send(p, &m.Message, m.Sender, m.Recipients))
}

// envelope finds out who gets the message and who the bounces.
func envelope(p *cmd.Proc, o *choice, rules mess822.Rules, m *inject.Rewritten) error {
	if o.arguments() {
		for _, arg := range o.recipients {
			m.Recipients = append(m.Recipients, rules.Address(arg))
		}
	}
	if o.header() {
		lists := [][]mess822.Item{m.To, m.Cc, m.Bcc}
		if m.HasEnvelopeRecipients {
			lists = [][]mess822.Item{m.EnvelopeRecipients}
		}
		for _, list := range lists {
			for _, item := range list {
				// One that names nobody is left out.
				if !item.Comment && item.Text != "" {
					m.Recipients = append(m.Recipients, item.Text)
				}
			}
		}
	}
	m.Sender = sender(p, o, rules, m)
	for _, address := range append([]string{m.Sender + "x"}, m.Recipients...) {
		if address == "" || strings.IndexByte(address, 0) >= 0 {
			return p.Fatal(cmd.ExitPermanent, textAddress+mess822.Quote(address, nil))
		}
	}
	return nil
}

// sender is that of the option, or of the header, or else the user's own.
func sender(p *cmd.Proc, o *choice, rules mess822.Rules, m *inject.Rewritten) string {
	if o.sender != nil {
		return rules.Address(*o.sender)
	}
	lists := [][]mess822.Item{m.EnvelopeSender, m.ReturnPath}
	if o.dropReturnPath {
		lists = lists[:1]
	}
	for _, list := range lists {
		for i := len(list) - 1; i >= 0; i-- {
			if !list[i].Comment {
				return list[i].Text
			}
		}
	}
	return o.ownSender(p, rules)
}

// show writes envelope and message to standard output.
func show(p *cmd.Proc, m *inject.Message) error {
	var b strings.Builder
	b.WriteString("Envelope-Sender: " + mess822.Quote(m.Sender, nil) + "\nEnvelope-Recipients:\n")
	for _, recipient := range m.Recipients {
		b.WriteString("  " + mess822.Quote(recipient, nil) + ",\n")
	}
	out := plain.Writer{File: p.Stdout}
	_, err := out.Write([]byte(b.String()))
	if err == nil {
		_, err = m.WriteTo(out)
	}
	var read *inject.ReadError
	if err != nil && !errors.As(err, &read) {
		return p.Fatal(cmd.ExitTemporary, textOutput+": "+errstr.Text(err))
	}
	return failure(p, err)
}

// failure gives an error its exit code and words.
func failure(p *cmd.Proc, err error) error {
	var read *inject.ReadError
	var refusal *qclient.Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &read):
		return p.FatalSys(cmd.ExitTemporary, textInput, read.Err)
	case errors.Is(err, inject.ErrHeaderTooLong):
		return p.Fatal(cmd.ExitPermanent, err.Error())
	case errors.As(err, &refusal) && refusal.Permanent:
		return p.Fatal(cmd.ExitPermanent, refusal.Text)
	case errors.As(err, &refusal):
		return p.Fatal(cmd.ExitTemporary, refusal.Text)
	}
	return p.FatalSys(cmd.ExitTemporary, textQueue, err)
}
