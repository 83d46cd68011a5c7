package main

import (
	"io"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/local"
)

const usage = "condredirect newaddress program [ arg ... ]"

// exitStop keeps qmail-local from the rest of the dot-qmail file
// (qmail-command(8)).
const exitStop = 99

// Run forwards the message to its first argument if the program that the
// others name succeeds.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(usage)
	}
	if yes, err := child.Ask(p, p.Args[1:]); err != nil || !yes {
		return err
	}
	if _, err := p.Stdin.Seek(0, io.SeekStart); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to rewind", err)
	}
	return local.Resend(p, "SENDER", p.Args[:1], exitStop)
}
