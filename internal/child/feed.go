package child

import (
	"errors"
	"io"
	"os"
	"syscall"

	"qmailkit/internal/cmd"
)

// Feed gives start and then all of p's standard input to the program argv and
// returns its exit code. A program that reads only a part of it is no error.
//
// When the input cannot be read to its end, the program is killed before it
// could take what it got for all. This and any other trouble ends p's program
// with 111.
func Feed(p *cmd.Proc, start string, argv []string) (code int, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return 0, p.FatalSys(cmd.ExitTemporary, "unable to create pipe", err)
	}
	proc, err := Start(p, r, argv)
	r.Close()
	if err != nil {
		w.Close()
		what := "unable to run " + argv[0]
		if NoProcess(err) {
			what = "unable to fork"
		}
		return 0, p.FatalSys(cmd.ExitTemporary, what, err)
	}
	trouble := pour(p, w, start)
	if trouble != nil {
		proc.Kill()
	}
	w.Close()
	code, err = Wait(proc)
	switch {
	case trouble != nil:
		return 0, trouble
	case errors.Is(err, ErrCrashed):
		return 0, p.Fatal(cmd.ExitTemporary, err.Error())
	case err != nil:
		return 0, p.FatalSys(cmd.ExitTemporary, "wait failed", err)
	}
	return code, nil
}

// pour writes start and p's standard input to w, until nobody reads any more.
func pour(p *cmd.Proc, w *os.File, start string) error {
	_, werr := w.WriteString(start)
	buf := make([]byte, 16384)
	for werr == nil {
		n, rerr := p.Stdin.Read(buf)
		if n > 0 {
			_, werr = w.Write(buf[:n])
		}
		if rerr == io.EOF {
			break
		}
		if rerr != nil {
			return p.FatalSys(cmd.ExitTemporary, "unable to read input", rerr)
		}
	}
	if werr != nil && !errors.Is(werr, syscall.EPIPE) {
		return p.FatalSys(cmd.ExitTemporary, "unable to write to child", werr)
	}
	return nil
}
