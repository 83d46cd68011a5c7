package svc

import (
	"bufio"
	"errors"
	"io"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/sys"
)

const pumpSize = 1 << 16

// Pump reads p's standard input to its end and hands it, piece by piece, to
// take, which writes what comes of it. All that has been written is on
// standard output before the program waits for more input. A failure ends it
// with 111 and no word; the end of the input is a last piece of no bytes.
func Pump(p *cmd.Proc, take func(piece []byte, out *bufio.Writer)) error {
	if sys.WasClosed(p.Stdin) {
		return cmd.Silent(cmd.ExitTemporary)
	}
	out := bufio.NewWriterSize(stdout{p}, pumpSize)
	buf := make([]byte, pumpSize)
	for {
		n, err := p.Stdin.Read(buf)
		if errors.Is(err, syscall.EAGAIN) {
			sys.WaitReadable(p.Stdin)
			continue
		}
		if err != nil && err != io.EOF {
			return cmd.Silent(cmd.ExitTemporary)
		}
		if n == 0 && err == nil {
			continue
		}
		take(buf[:n], out)
		if out.Flush() != nil {
			return cmd.Silent(cmd.ExitTemporary)
		}
		if n == 0 {
			return nil
		}
	}
}

type stdout struct{ p *cmd.Proc }

func (s stdout) Write(b []byte) (int, error) {
	if err := plain.Write(s.p.Stdout, b); err != nil {
		return 0, err
	}
	return len(b), nil
}
