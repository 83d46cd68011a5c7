package main

import (
	"os"

	"qmailkit/internal/cmd"
)

// Run prints the name that this host has given itself, as it is.
func Run(p *cmd.Proc) error {
	name, err := os.Hostname()
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to find this host's name", err)
	}
	if _, err := p.Stdout.WriteString(name + "\n"); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write", err)
	}
	return nil
}
