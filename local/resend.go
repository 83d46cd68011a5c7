package local

import (
	"errors"
	"io"
	"os"
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/qclient"
)

// ReadError is a message that could not be read.
type ReadError struct{ Err error }

func (e *ReadError) Error() string { return e.Err.Error() }
func (e *ReadError) Unwrap() error { return e.Err }

// Enqueue puts p's standard input into the queue with dtline before it, from
// sender to recipients, and returns the message's number for log lines, as a
// rule the queueing program's process id. Its error is a *ReadError, a
// *qclient.Refusal, or the system's when no process could be had.
func Enqueue(p *cmd.Proc, dtline, sender string, recipients []string) (pid int, err error) {
	m, err := qclient.Open(p)
	if err != nil {
		return 0, err
	}
	m.WriteString(dtline)
	if _, err := io.Copy(m, p.Stdin); err != nil {
		m.Fail()
		m.Close() // an envelope that is not there: nothing is queued
		return 0, &ReadError{err}
	}
	m.From(sender)
	for _, recipient := range recipients {
		m.To(recipient)
	}
	err = m.Close()
	return m.PID(), err
}

// NotQueued is how a program ends after Enqueue's error: with 100 or 111 and
// the reason, before which stand the words noProcess when no process could be
// had, and refused when the queue did not take the message.
func NotQueued(p *cmd.Proc, err error, noProcess, refused string) error {
	var unread *ReadError
	var refusal *qclient.Refusal
	switch {
	case errors.As(err, &unread):
		return p.FatalSys(cmd.ExitTemporary, "unable to read message", unread.Err)
	case !errors.As(err, &refusal):
		return p.FatalSys(cmd.ExitTemporary, noProcess, err)
	case refusal.Permanent:
		return p.Fatal(cmd.ExitPermanent, refused+refusal.Text)
	}
	return p.Fatal(cmd.ExitTemporary, refused+refusal.Text)
}

// Resend is what the wrappers of dot-qmail(5) do to forward a message: p's
// standard input goes into the queue with the line DTLINE of the environment
// (qmail-command(8)) before it, from the address that the environment calls
// senderName, to recipients. The error that it returns ends the program: with
// done and "NAME: qp N" once the message is queued, with 100 or 111 otherwise.
func Resend(p *cmd.Proc, senderName string, recipients []string, done int) error {
	sender, set := p.LookupEnv(senderName)
	if !set {
		return p.Fatal(cmd.ExitPermanent, senderName+" not set")
	}
	dtline, set := p.LookupEnv("DTLINE")
	if !set {
		return p.Fatal(cmd.ExitPermanent, "DTLINE not set")
	}
	pid, err := Enqueue(p, dtline, sender, recipients)
	if err != nil {
		return NotQueued(p, err, "unable to fork", "")
	}
	return cmd.Say(done, p.Name+": qp "+strconv.Itoa(pid))
}

// Rewindable makes p's standard input one that can be read several times: a
// message that comes through a pipe is copied to a file without a name, in
// the folder TMPDIR of the environment or /tmp. Its error ends the program.
func Rewindable(p *cmd.Proc) error {
	if _, err := p.Stdin.Seek(0, io.SeekCurrent); err == nil {
		return nil
	}
	err := copyInput(p)
	var unread *ReadError
	switch {
	case errors.As(err, &unread):
		return p.FatalSys(cmd.ExitTemporary, "unable to read message", err)
	case err != nil:
		return p.FatalSys(cmd.ExitTemporary, "unable to copy input", err)
	}
	return nil
}

// copyInput's error is a *ReadError when the message could not be read.
func copyInput(p *cmd.Proc) error {
	dir := p.Getenv("TMPDIR")
	if dir == "" {
		dir = "/tmp"
	}
	f, err := os.CreateTemp(p.Path(dir), "message.")
	if err != nil {
		return err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return err
	}
	if err := spool(f, p.Stdin); err != nil {
		f.Close()
		return err
	}
	p.Stdin = f
	return nil
}

func spool(f, in *os.File) error {
	for buf := make([]byte, 1<<16); ; {
		n, rerr := in.Read(buf)
		if _, err := f.Write(buf[:n]); err != nil {
			return err
		}
		if rerr == io.EOF {
			_, err := f.Seek(0, io.SeekStart)
			return err
		}
		if rerr != nil {
			return &ReadError{rerr}
		}
	}
}

// Ran is what comes after a command that p's standard input was given to: p
// ends, as the command's exit code has it (qmail-command(8)), or that is at its
// beginning again.
func Ran(p *cmd.Proc, code int) error {
	switch {
	case hard(code):
		return cmd.Silent(cmd.ExitPermanent)
	case code != 0:
		return cmd.Silent(cmd.ExitTemporary)
	}
	if _, err := p.Stdin.Seek(0, io.SeekStart); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to rewind input", err)
	}
	return nil
}
