package sasl

import (
	"errors"
	"os"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
)

// What a checkpassword program says by its exit code (checkpassword(8)).
const (
	exitDenied = 1
	nullDevice = "/dev/null"
)

// ErrChecker is a checkpassword program that gives no answer.
var ErrChecker = errors.New("unable to check the password")

// Checker returns a Check that asks the checkpassword program argv: it reads
// user, password and challenge, each with a NUL behind it, from descriptor 3,
// and exits 0 for a yes, if the program that it runs then does, and 1 for a
// no. It has nothing to do with the connection, and does not see it.
func Checker(p *cmd.Proc, argv []string) func(user, password, challenge string) error {
	return func(user, password, challenge string) error {
		null, err := os.OpenFile(nullDevice, os.O_RDWR, 0)
		if err != nil {
			return err
		}
		defer null.Close()
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		defer w.Close()
		proc, err := child.StartWith(p, argv, null, null, p.Stderr, r)
		r.Close()
		if err != nil {
			return errors.Join(ErrChecker, err)
		}
		// A program that has read enough need not read all: its exit code tells.
		w.WriteString(user + "\x00" + password + "\x00" + challenge + "\x00")
		w.Close()
		code, err := child.Wait(proc)
		switch {
		case err != nil:
			return errors.Join(ErrChecker, err)
		case code == exitDenied:
			return ErrDenied
		case code != 0:
			return ErrChecker
		}
		return nil
	}
}
