package main

import (
	"bufio"
	"bytes"

	"qmailkit/internal/cmd"
	"qmailkit/internal/tai64"
	"qmailkit/svc"
)

// Run copies its input with a stamp, and a space, before each line: the time
// at which the line's first byte was seen.
func Run(p *cmd.Proc) error {
	inside := false
	var stamp [tai64.LabelSize + 1]byte
	return svc.Pump(p, func(piece []byte, out *bufio.Writer) {
		for len(piece) > 0 {
			if !inside {
				out.Write(append(tai64.Append(stamp[:0], p.Now()), ' '))
			}
			i := bytes.IndexByte(piece, '\n')
			inside = i < 0
			if inside {
				i = len(piece) - 1
			}
			out.Write(piece[:i+1])
			piece = piece[i+1:]
		}
	})
}
