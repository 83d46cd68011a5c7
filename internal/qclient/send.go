package qclient

import (
	"io"

	"qmailkit/internal/cmd"
)

// Send hands a whole message to the queue and waits for it. The error is one
// of Open, one of m's own, with which nothing is queued, or a Refusal.
func Send(p *cmd.Proc, m io.WriterTo, sender string, recipients []string) error {
	q, err := Open(p)
	if err != nil {
		return err
	}
	if _, err = m.WriteTo(q); err != nil {
		q.Fail()
		q.Close()
		return err
	}
	q.From(sender)
	for _, recipient := range recipients {
		q.To(recipient)
	}
	return q.Close()
}
