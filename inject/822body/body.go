package main

import (
	"bufio"
	"io"

	"qmailkit/internal/cmd"
	"qmailkit/internal/message"
)

const (
	msgRead  = "unable to read input"
	msgWrite = "unable to write output"
)

// Run copies the body of the message on p's standard input, without the empty
// line before it.
func Run(p *cmd.Proc) error {
	in := bufio.NewReader(p.Stdin)
	first, err := message.Header(in, func(string) {})
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, msgRead, err)
	}
	out := &writer{w: p.Stdout}
	if first != "\n" {
		_, err = io.WriteString(out, first)
	}
	if err == nil {
		_, err = io.Copy(out, in)
	}
	switch {
	case out.failed:
		return p.FatalSys(cmd.ExitTemporary, msgWrite, err)
	case err != nil:
		return p.FatalSys(cmd.ExitTemporary, msgRead, err)
	}
	return nil
}

// writer tells its errors from those of reading.
type writer struct {
	w      io.Writer
	failed bool
}

func (w *writer) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	w.failed = w.failed || err != nil
	return n, err
}
