package local

import (
	"errors"
	"io"
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/qclient"
	"qmailkit/internal/sys"
)

// Resend is what the wrappers of dot-qmail(5) do to forward a message: p's
// standard input goes into the queue with the line DTLINE of the environment
// (qmail-command(8)) before it, from the address that the environment calls
// senderName, to recipients. The error that it returns ends the program: with
// done and "NAME: qp N" once the message is queued, with 100 or 111 otherwise.
func Resend(p *cmd.Proc, senderName string, recipients []string, done int) error {
	sys.CatchPipe()
	sender, set := p.LookupEnv(senderName)
	if !set {
		return p.Fatal(cmd.ExitPermanent, senderName+" not set")
	}
	dtline, set := p.LookupEnv("DTLINE")
	if !set {
		return p.Fatal(cmd.ExitPermanent, "DTLINE not set")
	}
	m, err := qclient.Open(p)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to fork", err)
	}
	m.WriteString(dtline)
	if _, err := io.Copy(m, p.Stdin); err != nil {
		m.Fail()
		m.Close() // an envelope that is not there: nothing is queued
		return p.FatalSys(cmd.ExitTemporary, "unable to read message", err)
	}
	m.From(sender)
	for _, recipient := range recipients {
		m.To(recipient)
	}
	var refusal *qclient.Refusal
	if err := m.Close(); errors.As(err, &refusal) {
		code := cmd.ExitTemporary
		if refusal.Permanent {
			code = cmd.ExitPermanent
		}
		return p.Fatal(code, refusal.Text)
	}
	return cmd.Say(done, p.Name+": qp "+strconv.Itoa(m.PID()))
}
