package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/stay"
	"qmailkit/remote/smtpd/front"
)

// Run serves the client on p's standard input and output; in TLS, or with AUTH,
// it is qmail-smtpd-tls that does.
func Run(p *cmd.Proc) error {
	return stay.Serve(p, func(p *cmd.Proc) error { return front.Serve(p, front.Parts{}) })
}
