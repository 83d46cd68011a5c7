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
	login, password, err := read(p.FD(3))
	if err != nil {
		return err
	}
	user, err := check(p, system(p), login, password)
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

// read returns the first two fields of what f has.
func read(f *os.File) (login, password string, err error) {
	if f == nil {
		return "", "", cmd.Silent(exitTemporary)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxInput+1))
	switch {
	case err != nil:
		return "", "", cmd.Silent(exitTemporary)
	case len(data) > maxInput:
		return "", "", cmd.Silent(exitWrong)
	}
	login, rest, ok := strings.Cut(string(data), "\x00")
	password, _, ok2 := strings.Cut(rest, "\x00")
	if !ok || !ok2 {
		return "", "", cmd.Silent(exitMisused)
	}
	return login, password, nil
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
