package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/maildir"
)

const usage = "maildirmake name"

// umask leaves the owner all rights, whatever that of the caller takes away.
const umask = 0o077

// Run makes the Maildir that its first argument names.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	syscall.Umask(umask)
	name := p.Args[0]
	dir := strings.TrimRight(name, "/")
	if name != "" && dir == "" {
		dir = "/"
	}
	if dir != "" {
		dir = p.Path(dir)
	}
	err := maildir.Make(dir)
	if err == nil {
		return nil
	}
	what := "unable to sync " + name
	var at *fs.PathError
	if errors.As(err, &at) && at.Op == "mkdir" {
		what = "unable to mkdir " + name
		if at.Path != dir {
			what += "/" + filepath.Base(at.Path)
		}
	}
	return p.FatalSys(cmd.ExitTemporary, what, err)
}
