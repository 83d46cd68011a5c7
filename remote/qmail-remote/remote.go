package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/remote"
	"qmailkit/remote/client"
)

// Run delivers the message on standard input to the host, from the sender and
// to the recipients that the arguments name. What became of it is written to
// standard output; it always succeeds.
func Run(p *cmd.Proc) error { return client.Program(p, (*remote.Engine).Deliver) }
