package main

import (
	"errors"
	"io"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/qclient"
	"qmailkit/internal/rcpthosts"
	"qmailkit/internal/ucspi"
	"qmailkit/qmtp"
)

// sessionLimit is how long a client may take in all.
const sessionLimit = time.Hour

// Run serves the connection on p's standard input and output.
func Run(p *cmd.Proc) error {
	return cmd.Within(sessionLimit, cmd.Silent(cmd.ExitTemporary), func() error {
		server, err := configure(p)
		if err != nil {
			return cmd.Silent(cmd.ExitTemporary)
		}
		return exit(server.Serve())
	})
}

func configure(p *cmd.Proc) (*qmtp.Server, error) {
	dir := control.Dir(p.InHome("control"))
	// It says nothing here, but where it cannot be read the home is not in order.
	if _, _, err := dir.Line("me"); err != nil {
		return nil, err
	}
	hosts, err := rcpthosts.Open(dir)
	if err != nil {
		return nil, err
	}
	limit, err := ucspi.DataBytes(p, dir)
	if err != nil {
		return nil, err
	}
	suffix, relay := p.LookupEnv("RELAYCLIENT")
	peer := ucspi.FromEnv(p)
	return &qmtp.Server{
		In: p.Stdin, Out: p.Stdout,
		DataBytes: limit, Relay: relay, RelaySuffix: suffix, Accepts: hosts.Accepts,
		Open: func() (qmtp.Queue, error) {
			m, err := qclient.Open(p)
			if err != nil {
				return nil, err
			}
			m.WriteString(peer.Received("QMTP", "", p.Now()))
			return m, nil
		},
		Describe: func(refusal error) string { return qclient.Letter(refusal) + refusal.Error() },
		Now:      p.Now,
	}, nil
}

// exit is silent: 100 for a client that breaks the protocol, 0 for one that
// goes away, 111 when it asks for too much or something is missing here.
func exit(err error) error {
	switch {
	case errors.Is(err, qmtp.ErrFrame):
		return cmd.Silent(cmd.ExitPermanent)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil
	}
	return cmd.Silent(cmd.ExitTemporary)
}
