package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/maildir"
)

const usage = "maildirqmtp dir prefix host"

// Run becomes maildirserial with tcpclient and serialqmtp.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 3 {
		return p.Usage(usage)
	}
	dir, prefix, host := p.Args[0], p.Args[1], p.Args[2]
	return maildir.Forward(p, dir, prefix, host, "209", "serialqmtp", prefix)
}
