package main

import (
	"errors"
	"os"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/tcprules"
)

const usage = "tcprules rules.cdb rules.tmp"

const mode = 0o644

// Run makes a database of the rules on its standard input in the file that
// its second argument names, and moves that into the place of the first.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(usage)
	}
	name, temporary := p.Args[0], p.Args[1]
	w, err := create(p.Path(temporary))
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to create "+temporary, err)
	}
	if err := fill(p, w, temporary); err != nil {
		w.Abort()
		return err
	}
	if err := w.Rename(p.Path(name)); err != nil {
		w.Abort()
		return p.FatalSys(cmd.ExitTemporary, "unable to move "+temporary+" to "+name, err)
	}
	return nil
}

// create is cdb.Create for a file whose mode the umask decides on, as every
// tcprules has let it.
func create(temporary string) (*cdb.Writer, error) {
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return nil, err
	}
	return cdb.Create(temporary, fi.Mode().Perm())
}

// fill writes the database. Its error ends the program.
func fill(p *cmd.Proc, w *cdb.Writer, temporary string) error {
	var failed error
	err := tcprules.Parse(p.Stdin, func(address, data []byte) error {
		failed = w.Add(address, data)
		return failed
	})
	var line *tcprules.LineError
	switch {
	case failed != nil:
		return p.FatalSys(cmd.ExitTemporary, "unable to write to "+temporary, failed)
	case errors.As(err, &line):
		return p.Fatal(cmd.ExitPermanent, line.Error())
	case err != nil:
		return p.FatalSys(cmd.ExitTemporary, "unable to read input", err)
	}
	if err := w.Finish(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write to "+temporary, err)
	}
	return nil
}
