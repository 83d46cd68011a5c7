package main

import (
	"bufio"

	"qmailkit/internal/cmd"
	"qmailkit/svc"
)

// Run copies its input with a CR before each newline, whatever stands there
// already.
func Run(p *cmd.Proc) error {
	return svc.Pump(p, func(piece []byte, out *bufio.Writer) {
		for _, c := range piece {
			if c == '\n' {
				out.WriteByte('\r')
			}
			out.WriteByte(c)
		}
	})
}
