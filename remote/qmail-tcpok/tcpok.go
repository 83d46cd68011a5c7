package main

import (
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/lock"
	"qmailkit/internal/tcpto"
)

// Run empties the table.
func Run(p *cmd.Proc) error {
	for _, folder := range []string{p.Home, p.InHome("queue", "lock")} {
		if _, err := os.Stat(folder + "/."); err != nil {
			return p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+folder, err)
		}
	}
	table := p.InHome("queue", "lock", "tcpto")
	f, err := os.OpenFile(table, os.O_WRONLY, 0)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write "+table, err)
	}
	defer f.Close()
	if err := lock.Exclusive(f); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to lock "+table, err)
	}
	if err := tcpto.Reset(f); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to clear "+table, err)
	}
	return nil
}
