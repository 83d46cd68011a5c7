package main

import (
	"bufio"

	"qmailkit/internal/cmd"
	"qmailkit/svc"
)

// Run copies its input without the one CR that stands right before a newline.
func Run(p *cmd.Proc) error {
	held := false // a CR that the next byte decides about
	return svc.Pump(p, func(piece []byte, out *bufio.Writer) {
		if len(piece) == 0 && held {
			out.WriteByte('\r')
		}
		for _, c := range piece {
			if held && c != '\n' {
				out.WriteByte('\r')
			}
			if held = c == '\r'; !held {
				out.WriteByte(c)
			}
		}
	})
}
