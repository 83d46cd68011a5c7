package main

import (
	"errors"
	"os"
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/tcpto"
)

// Run prints a line for each host in the table. What goes wrong is said on
// standard output too.
func Run(p *cmd.Proc) error {
	folder := p.InHome("queue", "lock")
	if _, err := os.Stat(folder + "/."); err != nil {
		return fatal(p, "unable to chdir", err)
	}
	f, err := os.OpenFile(folder+"/tcpto", os.O_RDWR, 0)
	if err != nil {
		return fatal(p, "unable to open tcpto", err)
	}
	records, err := tcpto.Read(f)
	f.Close()
	var locked *tcpto.LockError
	switch {
	case errors.As(err, &locked):
		return fatal(p, "unable to lock tcpto", err)
	case err != nil:
		return fatal(p, "unable to read tcpto", err)
	}
	var b []byte
	for _, e := range tcpto.Entries(records, p.Now()) {
		b = e.IP.AppendTo(b)
		b = append(b, " timed out "...)
		b = strconv.AppendInt(b, e.Age, 10)
		b = append(b, " seconds ago; # recent timeouts: "...)
		b = strconv.AppendInt(b, int64(e.Count), 10)
		b = append(b, '\n')
	}
	if _, err := p.Stdout.Write(b); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	return nil
}

func fatal(p *cmd.Proc, what string, err error) error {
	p.Stdout.WriteString("fatal: " + what + ": " + errstr.Text(err) + "\n")
	return cmd.Silent(cmd.ExitTemporary)
}
