package main

import (
	"bytes"
	"io"
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/sys"
)

const (
	fromFD = 6
	toFD   = 7

	bufferSize = 8192
)

// Run sends its input, with a CR before each newline, and prints what comes
// back until the other side has nothing more to say.
func Run(p *cmd.Proc) error {
	sys.CatchPipe()
	from, to := p.FD(fromFD), p.FD(toFD)
	go pass(p.Stdin, to, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")) })
	pass(from, p.Stdout, func(b []byte) []byte { return b })
	return nil
}

func pass(from io.Reader, to *os.File, change func([]byte) []byte) {
	buf := make([]byte, bufferSize)
	for {
		n, err := from.Read(buf)
		if n > 0 && plain.Write(to, change(buf[:n])) != nil || err != nil {
			return
		}
	}
}
