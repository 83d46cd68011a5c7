// Package front makes a session of package qmqp of a Proc: of its environment and
// descriptors, in the words of qmail-qmqpd(8).
package front

import (
	"errors"
	"strconv"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/netstring"
	"qmailkit/internal/qclient"
	"qmailkit/internal/ucspi"
	"qmailkit/qmqp"
)

// Limit is how long a client may take in all. Who calls Serve sees to it.
const Limit = time.Hour

const badAddress = "Dsorry, I can't accept addresses like that (#5.1.3)"

// Serve serves the one request that comes in on p's standard input. open begins
// a message.
func Serve(p *cmd.Proc, open func(*cmd.Proc) (*qclient.Message, error)) error {
	answer, err := serve(p, open)
	if err != nil {
		return exit(err)
	}
	p.Stdout.Write(netstring.Append(nil, answer)) // a client that has gone cannot be told
	return nil
}

// serve queues the message and returns the answer to the client.
func serve(p *cmd.Proc, open func(*cmd.Proc) (*qclient.Message, error)) (answer string, err error) {
	in := qmqp.NewReceiver(p.Stdin)
	length, err := in.Begin()
	if err != nil {
		return "", err
	}
	m, err := open(p)
	if err != nil {
		return "", cmd.Silent(cmd.ExitTemporary)
	}
	m.WriteString(ucspi.FromEnv(p).Received("QMQP", "", p.Now()))
	ok, err := in.Copy(m, length)
	if err != nil {
		m.Abandon()
		return "", err
	}
	refusal := m.Close()
	switch {
	case !ok:
		return badAddress, nil
	case refusal != nil:
		return qclient.Letter(refusal) + refusal.Error(), nil
	}
	return "Kok " + strconv.FormatInt(p.Now().Unix(), 10) + " qp " + strconv.Itoa(m.PID()), nil
}

// exit is silent: 100 for a client that breaks the protocol, 111 for one that
// asks for too much, 0 for one that goes away.
func exit(err error) error {
	var already *cmd.Exit
	switch {
	case errors.As(err, &already):
		return already
	case errors.Is(err, qmqp.ErrFrame):
		return cmd.Silent(cmd.ExitPermanent)
	case errors.Is(err, netstring.ErrLength):
		return cmd.Silent(cmd.ExitTemporary)
	}
	return nil
}
