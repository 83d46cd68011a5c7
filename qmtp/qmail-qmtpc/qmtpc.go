package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/remote"
	"qmailkit/remote/client"
)

// Run is qmail-remote's, but for the protocol.
func Run(p *cmd.Proc) error { return client.Program(p, (*remote.Engine).DeliverQMTP) }
