package main

import (
	"errors"
	"os"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/users"
)

const (
	errChdir  = "unable to chdir"
	errOpen   = "unable to open users/assign"
	errRead   = "unable to read users/assign"
	errFormat = "bad format in users/assign"
	errOpenT  = "unable to open users/cdb.tmp"
	errWrite  = "unable to write users/cdb.tmp"
	errRename = "unable to move users/cdb.tmp to users/cdb"
)

// mode lets qmail-lspawn and everybody else read the assignments, whatever
// the umask.
const mode = 0o644

// Run replaces users/cdb at once. On an error it is left as it was, and what
// there is of users/cdb.tmp stays for whoever wants to see.
func Run(p *cmd.Proc) error {
	fatal := func(text string) error { return p.Fatal(cmd.ExitTemporary, text) }
	if _, err := os.Stat(p.InHome(".")); err != nil {
		return fatal(errChdir)
	}
	assign, err := os.Open(p.InHome("users/assign"))
	if err != nil {
		return fatal(errOpen)
	}
	defer assign.Close()
	table, err := cdb.Create(p.InHome("users/cdb.tmp"), mode)
	if err != nil {
		return fatal(errOpenT)
	}
	var failure *writeError
	err = users.ReadAssign(assign, func(key, data []byte) error {
		if err := table.Add(key, data); err != nil {
			return &writeError{err}
		}
		return nil
	})
	switch {
	case err == nil:
	case errors.Is(err, users.ErrFormat):
		return fatal(errFormat)
	case errors.As(err, &failure):
		return fatal(errWrite)
	default:
		return fatal(errRead)
	}
	if err := table.Finish(); err != nil {
		return fatal(errWrite)
	}
	if err := table.Rename(p.InHome("users/cdb")); err != nil {
		return fatal(errRename)
	}
	return nil
}

// writeError tells a failure of users/cdb.tmp from one of users/assign.
type writeError struct{ error }
