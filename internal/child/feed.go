package child

import (
	"bufio"
	"errors"
	"io"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
)

// Step is what Feed was at when it failed.
type Step int

// The steps of Feed. A program that closed its input before the end of the
// message was fed to it makes StepWrite fail; it has been waited for, and its
// exit code is returned beside the error.
const (
	StepPipe Step = iota
	StepStart
	StepRead
	StepWrite
	StepWait
)

// FeedError is a failure of Feed.
type FeedError struct {
	Step Step
	Err  error
}

func (e *FeedError) Error() string { return e.Err.Error() }
func (e *FeedError) Unwrap() error { return e.Err }

const bufferSize = 8192

// unread is how much of a message a program need not read, in bytes: what a
// pipe holds on the systems where that is most, and one buffer.
const unread = 64<<10 + bufferSize

// Feed starts argv and writes before, then all of p's standard input to it.
// It returns the program's exit code. Its errors are *FeedError.
//
// A program need not read all of a message to know what to do with it: up to
// unread bytes at the end may go unread without being an error, however soon
// the program ends. When the input cannot be read to its end, the program is
// killed before it could take what it got for all.
func Feed(p *cmd.Proc, argv []string, before string) (code int, err error) {
	r, w, err := plain.Pipe()
	if err != nil {
		return 0, &FeedError{StepPipe, err}
	}
	defer w.Close()
	pid, err := Start(p, r, argv)
	r.Close()
	if err != nil {
		return 0, &FeedError{StepStart, err}
	}
	werr, err := pour(bufio.NewWriterSize(w, unread), before, p.Stdin)
	if err != nil {
		syscall.Kill(pid, syscall.SIGKILL)
		WaitPid(pid)
		return 0, &FeedError{StepRead, err}
	}
	w.Close()
	code, err = WaitPid(pid)
	if err != nil {
		return 0, &FeedError{StepWait, err}
	}
	if werr != nil {
		return code, &FeedError{StepWrite, werr}
	}
	return code, nil
}

// pour tells an error of its output from one of its input.
func pour(out *bufio.Writer, before string, in io.Reader) (werr, rerr error) {
	out.WriteString(before)
	buf := make([]byte, bufferSize)
	for {
		n, err := in.Read(buf)
		if _, werr = out.Write(buf[:n]); werr != nil {
			return werr, nil
		}
		if errors.Is(err, io.EOF) {
			out.Flush()
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
	}
}
