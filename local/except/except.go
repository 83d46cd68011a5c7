package main

import (
	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
)

const usage = "except program [ arg ... ]"

// Run exits 100 where the program exits 0, and 0 where it exits with anything
// but 0 and 111.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	yes, err := child.Ask(p, p.Args)
	if err == nil && yes {
		return cmd.Silent(cmd.ExitPermanent)
	}
	return err
}
