package main

import (
	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
)

const usage = "bouncesaying error [ program [ arg ... ] ]"

// Run bounces the message with the first argument as its reason, unless there
// is a program and it fails.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	reason, program := p.Args[0], p.Args[1:]
	if len(program) > 0 {
		if yes, err := child.Ask(p, program); err != nil || !yes {
			return err
		}
	}
	return cmd.Say(cmd.ExitPermanent, reason)
}
