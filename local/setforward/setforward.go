package main

import (
	"errors"
	"os"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
)

const usage = "setforward data.cdb data.tmp"

// Run writes the database to its second argument and renames that to the
// first. After a mistake the second stays, as far as it was written.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(usage)
	}
	name, temporary := p.Args[0], p.Args[1]
	f, err := os.OpenFile(p.Path(temporary), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to create "+temporary, err)
	}
	defer f.Close()
	w, err := cdb.NewWriter(f)
	if err == nil {
		err = aliases.ReadTable(p.Stdin, w.Add)
	}
	if err == nil {
		err = w.Finish()
	}
	if err != nil {
		return failure(p, temporary, err)
	}
	if err := aliases.Rename(p.Path(temporary), p.Path(name)); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to move "+temporary+" to "+name, err)
	}
	return nil
}

func failure(p *cmd.Proc, temporary string, err error) error {
	var unread *aliases.InputError
	var mistake aliases.Mistake
	switch {
	case errors.As(err, &unread):
		return p.FatalSys(cmd.ExitTemporary, "unable to read input", unread.Err)
	case errors.As(err, &mistake):
		return p.Fatal(cmd.ExitPermanent, mistake.Error())
	}
	return p.FatalSys(cmd.ExitTemporary, "unable to write to "+temporary, err)
}
