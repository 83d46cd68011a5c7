package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/maildir"
)

const usage = "maildirsmtp dir prefix host helohost"

// Run becomes maildirserial with tcpclient and serialsmtp.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 4 {
		return p.Usage(usage)
	}
	dir, prefix, host, helo := p.Args[0], p.Args[1], p.Args[2], p.Args[3]
	return maildir.Forward(p, dir, prefix, host, "25", "serialsmtp", prefix, helo)
}
