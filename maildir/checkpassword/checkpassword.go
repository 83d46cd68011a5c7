package main

import (
	"io"
	"os"
	"strings"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/passwd"
	"qmailkit/internal/sys"
)

// How it ends where it does not become the program.
const (
	exitWrong     = 1 // the password does not fit, or may not
	exitMisused   = 2
	exitTemporary = cmd.ExitTemporary
)

// maxInput is how much is read from descriptor 3, in bytes.
const maxInput = 512

// Run reads a user's name, a password and something for the challenge, a NUL
// behind each, from descriptor 3. If they fit it becomes the program that the
// arguments name, as the user.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return cmd.Silent(exitMisused)
	}
	claim, err := read(p.FD(3))
	if err != nil {
		return err
	}
	user, err := check(p, system(p), claim)
	if err != nil {
		return err
	}
	if err := become(user); err != nil {
		return err
	}
	p.Setenv("USER", user.Name)
	p.Setenv("HOME", user.Dir)
	p.Setenv("SHELL", user.Shell)
	child.Exec(p, p.Args)
	return cmd.Silent(exitTemporary)
}

// claim is who somebody says to be, and what is to prove it: a password, or
// with a challenge perhaps the answer to that.
type claim struct{ login, proof, challenge string }

// read returns the three fields of what f has; the third may be missing.
func read(f *os.File) (c claim, err error) {
	if f == nil {
		return c, cmd.Silent(exitTemporary)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxInput+1))
	switch {
	case err != nil:
		return c, cmd.Silent(exitTemporary)
	case len(data) > maxInput:
		return c, cmd.Silent(exitWrong)
	}
	fields := strings.SplitN(string(data), "\x00", 4)
	if len(fields) < 3 {
		return c, cmd.Silent(exitMisused)
	}
	c = claim{login: fields[0], proof: fields[1]}
	if len(fields) == 4 {
		c.challenge = fields[2]
	}
	return c, nil
}

// become gives up all rights but the user's, and goes to the user's home. Who
// is that user already, and nobody more, has nothing to give up.
func become(user passwd.User) error {
	if os.Getuid() == 0 || os.Getuid() != int(user.UID) {
		if sys.BecomeUser(user.UID, user.GID, []int{int(user.GID)}) != nil {
			return cmd.Silent(exitWrong)
		}
	}
	if os.Chdir(user.Dir) != nil {
		return cmd.Silent(exitTemporary)
	}
	return nil
}
