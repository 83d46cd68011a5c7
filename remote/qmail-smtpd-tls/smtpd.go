package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/remote/smtpd/front"
	"qmailkit/remote/smtpd/secure"
)

// Run serves the client on p's standard input and output.
func Run(p *cmd.Proc) error { return front.Serve(p, secure.Parts(p)) }
