package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/local"
)

// Run forwards the message to each of its arguments. NEWSENDER, not SENDER,
// becomes the sender: a bounce then goes where dot-qmail(5) says.
func Run(p *cmd.Proc) error {
	return local.Resend(p, "NEWSENDER", p.Args, 0)
}
