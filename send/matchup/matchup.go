package main

import (
	"bufio"

	"qmailkit/internal/cmd"
	"qmailkit/send/analog"
)

// fdPending is where what is still open goes.
const fdPending = 5

// Run reads a log and prints its records. A last line without its newline is
// pending: the rest of it is in the next log.
func Run(p *cmd.Proc) error {
	var m analog.Matcher
	var pending, b []byte
	err := analog.Filter(p, func(line string, out *bufio.Writer) {
		if r := m.Line(line); r != nil {
			b = append(r.Append(b[:0]), '\n')
			out.Write(b)
		}
	}, func(rest string, _ *bufio.Writer) {
		pending = append(m.AppendPending(nil), rest...)
	})
	if err != nil || len(pending) == 0 {
		return err
	}
	if _, err := p.FD(fdPending).Write(pending); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write fd 5", err)
	}
	return nil
}
