package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/qclient"
	"qmailkit/qmqp/front"
)

// Run serves the one request that comes in on p's standard input.
func Run(p *cmd.Proc) error {
	return cmd.Within(front.Limit, cmd.Silent(cmd.ExitTemporary), func() error { return front.Serve(p, qclient.Open) })
}
