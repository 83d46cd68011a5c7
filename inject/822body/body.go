package main

import (
	"bufio"

	"qmailkit/inject"
	"qmailkit/internal/cmd"
	"qmailkit/internal/message"
)

// Run copies the body of the message on p's standard input, without the empty
// line before it.
func Run(p *cmd.Proc) error {
	in := bufio.NewReader(p.Stdin)
	first, err := message.Header(in, func(string) {})
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read input", err)
	}
	if first == "\n" {
		first = ""
	}
	return inject.PrintRest(p, first, in)
}
