package sasl

import (
	"errors"
	"os"
	"strings"

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

// Arguments finds the checkpassword program in the arguments of a server, in
// either of the orders that are in use: "program words..." and "hostname
// program words...". The first of three or more words is a host's name where
// it has a dot and no slash in it and no program of that name is found along
// path, the value of PATH. host is "" where none is given.
func Arguments(args []string, path string) (host string, program []string) {
	if len(args) >= 3 && strings.Contains(args[0], ".") && !strings.Contains(args[0], "/") && !found(args[0], path) {
		return args[0], args[1:]
	}
	if len(args) < 2 {
		return "", nil // there is nothing to run for who is let in
	}
	return "", args
}

func found(name, path string) bool {
	for _, dir := range strings.Split(path, ":") {
		if fi, err := os.Stat(dir + "/" + name); err == nil && fi.Mode().IsRegular() && fi.Mode()&0o111 != 0 {
			return true
		}
	}
	return false
}
