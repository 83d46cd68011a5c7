package main

import (
	"errors"
	"os"
	"path/filepath"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
)

// The files, in a folder.
const (
	folder    = "/etc"
	source    = "aliases"
	temporary = "aliases.tmp"
	database  = "aliases.cdb"
)

// Run makes /etc/aliases.cdb of /etc/aliases; arguments have no effect.
func Run(p *cmd.Proc) error { return convert(p, folder) }

// convert makes the database of the aliases file in dir. After a mistake the
// temporary file stays, as far as it was written.
func convert(p *cmd.Proc, dir string) error {
	if _, err := os.Stat(p.Home); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+p.Home, err)
	}
	names, err := aliases.ReadNames(control.Dir(p.InHome("control")), nil)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read controls", err)
	}
	from, tmp, to := filepath.Join(dir, source), filepath.Join(dir, temporary), filepath.Join(dir, database)
	in, err := os.Open(from)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read "+from, err)
	}
	defer in.Close()
	f, err := aliases.Create(tmp)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to create "+tmp, err)
	}
	defer f.Close()
	w, err := cdb.NewWriter(f)
	if err == nil {
		err = (&reader{Proc: p, names: names, add: w.Add}).read(in)
	}
	if err == nil {
		err = w.Finish()
	}
	var exit *cmd.Exit
	var unread *aliases.InputError
	switch {
	case errors.As(err, &exit):
		return err
	case errors.As(err, &unread):
		return p.FatalSys(cmd.ExitTemporary, "unable to read "+from, unread.Err)
	case err != nil:
		return p.FatalSys(cmd.ExitTemporary, "unable to write to "+tmp, err)
	}
	if err := aliases.Rename(tmp, to); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to move "+tmp+" to "+to, err)
	}
	return nil
}
