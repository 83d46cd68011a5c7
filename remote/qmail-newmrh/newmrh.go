package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/errstr"
)

const (
	source    = "control/morercpthosts"
	temporary = "control/morercpthosts.tmp"
	database  = "control/morercpthosts.cdb"

	errRead  = "unable to read " + source
	errWrite = "unable to write to " + temporary
	// The system's word follows this one directly, as it always has.
	errMove = "unable to move " + temporary + " to " + database
)

// mode lets qmail-smtpd read the hosts, whatever the umask.
const mode = 0o644

// maxLine bounds a line, which is the name of a host.
const maxLine = 1 << 20

var errLine = errors.New("line too long")

// Run replaces control/morercpthosts.cdb at once. On an error it is left as it
// was.
func Run(p *cmd.Proc) error {
	if _, err := os.Stat(p.Home + "/."); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+p.Home, err)
	}
	in, err := os.Open(p.InHome(source))
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, errRead, err)
	}
	defer in.Close()
	table, err := cdb.Create(p.InHome(temporary), mode)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, errWrite, err)
	}
	if err := convert(p, in, table); err != nil {
		table.Abort()
		return err
	}
	if err := table.Finish(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, errWrite, err)
	}
	if err := table.Rename(p.InHome(database)); err != nil {
		return p.Fatal(cmd.ExitTemporary, errMove+errstr.Text(err))
	}
	return nil
}

// convert adds a record for each host: its name in small letters, with no
// data.
func convert(p *cmd.Proc, in io.Reader, table *cdb.Writer) error {
	lines := bufio.NewReaderSize(in, maxLine)
	for {
		line, end := lines.ReadSlice('\n')
		if end == bufio.ErrBufferFull {
			end = errLine
		}
		if end != nil && end != io.EOF {
			return p.FatalSys(cmd.ExitTemporary, errRead, end)
		}
		if line = bytes.TrimRight(line, " \t\n"); len(line) > 0 && line[0] != '#' {
			if err := table.Add([]byte(control.Fold(string(line))), nil); err != nil {
				return p.FatalSys(cmd.ExitTemporary, errWrite, err)
			}
		}
		if end == io.EOF {
			return nil
		}
	}
}
