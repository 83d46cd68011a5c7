package cmd

import (
	"errors"

	"qmailkit/internal/errstr"
)

// The two exit codes of qmail-command(8): the queue tries again after the
// first and gives up after the second.
const (
	ExitTemporary = 111
	ExitPermanent = 100
)

// Exit ends a program with Code, after Text has been written to standard
// error exactly as it stands. Err, if any, is what led there.
type Exit struct {
	Code int
	Text string
	Err  error
}

func (e *Exit) Error() string { return e.Text }
func (e *Exit) Unwrap() error { return e.Err }

// Silent ends a program with code and no word.
func Silent(code int) error { return &Exit{Code: code} }

// Say ends a program with code after one line of text on standard error.
func Say(code int, text string) error { return &Exit{Code: code, Text: text + "\n"} }

// Usage ends a program with exit code 100 and "NAME: usage: SYNOPSIS".
func (p *Proc) Usage(synopsis string) error { return p.Misuse("", synopsis) }

// Misuse is Usage behind the line problem, if that is not "".
func (p *Proc) Misuse(problem, synopsis string) error {
	if problem != "" {
		problem += "\n"
	}
	return Say(ExitPermanent, problem+p.Name+": usage: "+synopsis)
}

// Fatal ends a program with code and "NAME: fatal: TEXT".
func (p *Proc) Fatal(code int, text string) error {
	return Say(code, p.Name+": fatal: "+text)
}

// FatalSys ends a program with code and "NAME: fatal: WHAT: ERROR", the error
// in the words that qmail has always used for it (package errstr).
func (p *Proc) FatalSys(code int, what string, err error) error {
	return &Exit{Code: code, Text: p.Name + ": fatal: " + what + ": " + errstr.Text(err) + "\n", Err: err}
}

// Temporary marks an error that may be gone at the next try. It is attached
// where the error is born and keeps its meaning through fmt.Errorf's %w.
type Temporary struct{ Err error }

func (e *Temporary) Error() string { return e.Err.Error() }
func (e *Temporary) Unwrap() error { return e.Err }

// Permanent marks an error that trying again will not mend.
type Permanent struct{ Err error }

func (e *Permanent) Error() string { return e.Err.Error() }
func (e *Permanent) Unwrap() error { return e.Err }

// IsPermanent tells whether err says that it will not go away. What does not
// say so is temporary: mail then waits instead of bouncing.
func IsPermanent(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		switch err.(type) {
		case *Permanent:
			return true
		case *Temporary:
			return false
		}
	}
	return false
}

// Outcome turns what Run returned into an exit code and the text for standard
// error. A plain error is "NAME: fatal: ERROR" with 100 or 111.
func Outcome(name string, err error) (code int, text string) {
	if err == nil {
		return 0, ""
	}
	var exit *Exit
	if errors.As(err, &exit) {
		return exit.Code, exit.Text
	}
	code = ExitTemporary
	if IsPermanent(err) {
		code = ExitPermanent
	}
	return code, name + ": fatal: " + err.Error() + "\n"
}
