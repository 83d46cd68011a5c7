package main

import (
	"bufio"
	"errors"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
)

// Run prints the database on its standard input; arguments have no effect.
func Run(p *cmd.Proc) error {
	out := bufio.NewWriter(p.Stdout)
	err := cdb.Each(p.Stdin, func(key, data []byte) error { return aliases.PrintRecord(out, key, data) })
	switch {
	case err == nil:
		if err = out.Flush(); err != nil {
			return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
		}
		return nil
	case errors.Is(err, cdb.ErrFormat), errors.Is(err, aliases.ErrRecord):
		return p.Fatal(cmd.ExitPermanent, aliases.ErrRecord.Error())
	case out.Flush() != nil: // it remembers the error
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	return p.FatalSys(cmd.ExitTemporary, "unable to read input", err)
}
