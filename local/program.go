package local

import (
	"errors"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/qclient"
)

const shell = "/bin/sh"

// errSilent is the failure of a program: what there is to say it has said.
var errSilent = errors.New("")

// toProgram runs a command with the message as its input. Its exit code
// decides (qmail-command(8)).
func (d *delivery) toProgram(command string) error {
	if err := d.rewind(); err != nil {
		return err
	}
	stdout, stderr, err := d.Output()
	if err != nil {
		return unableToFork(err)
	}
	p := *d.proc
	p.Dir = d.Home
	pid, err := child.Spawn(&p, d.env, []string{shell, "-c", command}, uintptr(d.content.file), stdout.Fd(), stderr.Fd())
	if err != nil {
		if child.NoProcess(err) {
			return unableToFork(err)
		}
		return temporary("Unable to run " + shell + ": " + errstr.Text(err) + ". (#4.3.0)")
	}
	code, err := child.WaitPid(pid)
	switch {
	case err != nil:
		return temporary("Aack, child crashed. (#4.3.0)")
	case code == 0:
		return nil
	case code == 99:
		d.stop = true
		return nil
	case hard(code):
		return &cmd.Permanent{Err: errSilent}
	}
	return &cmd.Temporary{Err: errSilent}
}

// hard tells whether a program's exit code says that trying again is of no
// use (qmail-command(8)).
func hard(code int) bool {
	switch code {
	case 100, 64, 65, 70, 76, 77, 78, 112:
		return true
	}
	return false
}

// forward queues the message, with the Delivered-To line before it, for all
// recipients at once.
func (d *delivery) forward(recipients []string) error {
	_, stderr, err := d.Output()
	if err != nil {
		return unableToFork(err)
	}
	p := *d.proc
	p.Env, p.Stderr = d.env, stderr
	m, err := qclient.Open(&p)
	if err != nil {
		return unableToFork(err)
	}
	m.WriteString(d.header.deliveredTo)
	if err := d.copyMessage(m); err != nil {
		m.Fail()
	}
	m.From(d.sender)
	for _, r := range recipients {
		m.To(r)
	}
	err = m.Close()
	if err == nil {
		d.result.QP = m.PID()
		return nil
	}
	report := "Unable to forward message: " + err.Error() + "."
	var refusal *qclient.Refusal
	if errors.As(err, &refusal) && refusal.Permanent {
		return permanent(report)
	}
	return temporary(report)
}

func unableToFork(err error) error {
	return temporary("Unable to fork: " + errstr.Text(err) + ". (#4.3.0)")
}
