package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
)

const synopsis = "ofmipname cdb tmp"

// mode lets ofmipd read the table, whatever the umask.
const mode = 0o644

// maxLine bounds an instruction, in bytes.
const maxLine = 1 << 20

var errLine = errors.New("line too long")

// Run makes the table of what it reads, and puts it into place at once.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(synopsis)
	}
	path, temporary := p.Args[0], p.Args[1]
	create := "unable to create " + temporary
	table, err := cdb.Create(p.Path(temporary), mode)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, create, err)
	}
	in := bufio.NewReaderSize(p.Stdin, maxLine)
	for {
		line, end := in.ReadSlice('\n')
		if end == bufio.ErrBufferFull {
			end = errLine
		}
		if end != nil && end != io.EOF {
			table.Abort()
			return p.FatalSys(cmd.ExitTemporary, "unable to read input", end)
		}
		if key, data, ok := instruction(line); ok {
			if err := table.Add(key, data); err != nil {
				table.Abort()
				return p.FatalSys(cmd.ExitTemporary, create, err)
			}
		}
		if end == io.EOF {
			break
		}
	}
	if err := table.Finish(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, create, err)
	}
	if err := table.Rename(p.Path(path)); err != nil {
		return p.Fatal(cmd.ExitTemporary, "unable to move "+temporary+" to "+path+": "+errstr.Text(err))
	}
	return nil
}

// instruction reads "address:name:newaddress:". The record's data is the name
// and the new address with a NUL between. What is none, comments above all, is
// passed over.
func instruction(line []byte) (key, data []byte, ok bool) {
	if len(line) == 0 || line[0] == '#' || bytes.IndexByte(line, 0) >= 0 {
		return nil, nil, false
	}
	f := bytes.SplitN(line, []byte(":"), 4)
	if len(f) < 4 {
		return nil, nil, false
	}
	data = append(append(append(data, f[1]...), 0), f[2]...)
	return f[0], data, true
}
