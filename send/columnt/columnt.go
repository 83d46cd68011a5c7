package main

import (
	"io"

	"qmailkit/internal/cmd"
	"qmailkit/send/analog"
)

// Run lays out what p's standard input has.
func Run(p *cmd.Proc) error {
	text, err := io.ReadAll(p.Stdin)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read input", err)
	}
	if _, err := p.Stdout.WriteString(analog.Align(string(text))); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	return nil
}
