// Package newcdb makes a constant database of the lines of a file, as
// qmail-newmrh(8) and its like do: the old database is replaced at once, and
// only by a whole new one.
package newcdb

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strconv"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/errstr"
)

// Table is a database to be made. The files are below the qmail home.
type Table struct {
	Source    string
	Temporary string // what it is called while it is being made
	Database  string
	Mode      os.FileMode // whatever the umask

	// Record makes a record of a line that has no blanks at its end and is
	// neither empty nor a comment. nil: the line in small letters, no data.
	Record func(line string) (key, data string, err error)
}

// maxLine bounds a line, in bytes.
const maxLine = 1 << 20

var errLine = errors.New("line too long")

// Make replaces the database. After an error it is as it was.
func (t Table) Make(p *cmd.Proc) error {
	if _, err := os.Stat(p.Home + "/."); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+p.Home, err)
	}
	in, err := os.Open(p.InHome(t.Source))
	if err != nil {
		return t.unread(p, err)
	}
	defer in.Close()
	table, err := cdb.Create(p.InHome(t.Temporary), t.Mode)
	if err != nil {
		return t.unwritten(p, err)
	}
	if err := t.convert(p, in, table); err != nil {
		table.Abort()
		return err
	}
	if err := table.Finish(); err != nil {
		return t.unwritten(p, err)
	}
	if err := table.Rename(p.InHome(t.Database)); err != nil {
		// The system's word follows directly, as it always has.
		return p.Fatal(cmd.ExitTemporary, "unable to move "+t.Temporary+" to "+t.Database+errstr.Text(err))
	}
	return nil
}

func (t Table) unread(p *cmd.Proc, err error) error {
	return p.FatalSys(cmd.ExitTemporary, "unable to read "+t.Source, err)
}

func (t Table) unwritten(p *cmd.Proc, err error) error {
	return p.FatalSys(cmd.ExitTemporary, "unable to write to "+t.Temporary, err)
}

func (t Table) convert(p *cmd.Proc, in io.Reader, table *cdb.Writer) error {
	record := t.Record
	if record == nil {
		record = func(line string) (key, data string, err error) { return control.Fold(line), "", nil }
	}
	lines := bufio.NewReaderSize(in, maxLine)
	for number := 1; ; number++ {
		line, end := lines.ReadSlice('\n')
		if end == bufio.ErrBufferFull {
			end = errLine
		}
		if end != nil && end != io.EOF {
			return t.unread(p, end)
		}
		if line = bytes.TrimRight(line, " \t\n"); len(line) > 0 && line[0] != '#' {
			key, data, err := record(string(line))
			if err != nil {
				return p.Fatal(cmd.ExitTemporary, t.Source+", line "+strconv.Itoa(number)+": "+err.Error())
			}
			if err := table.Add([]byte(key), []byte(data)); err != nil {
				return t.unwritten(p, err)
			}
		}
		if end == io.EOF {
			return nil
		}
	}
}
