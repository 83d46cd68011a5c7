package main

import (
	"bufio"

	"qmailkit/internal/cmd"
	"qmailkit/internal/message"
)

// Run copies the header of the message on p's standard input.
func Run(p *cmd.Proc) error {
	out := bufio.NewWriter(p.Stdout)
	_, err := message.Header(bufio.NewReader(p.Stdin), func(line string) { out.WriteString(line) })
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read input", err)
	}
	if err := out.Flush(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	return nil
}
