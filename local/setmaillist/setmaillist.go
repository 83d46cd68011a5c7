package main

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cmd"
)

const usage = "setmaillist list.bin list.tmp"

// Run writes the list to its second argument and renames that to the first.
// After a mistake the second stays, as far as it was written.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(usage)
	}
	name, temporary := p.Args[0], p.Args[1]
	f, err := aliases.Create(p.Path(temporary))
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to create "+temporary, err)
	}
	defer f.Close()
	out := bufio.NewWriter(f)
	err = aliases.Lines(p.Stdin, func(line string) error { return entry(p, out, line) })
	if err == nil {
		err = aliases.Finish(out, f)
	}
	if err != nil {
		return failure(p, temporary, err)
	}
	if err := aliases.Rename(p.Path(temporary), p.Path(name)); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to move "+temporary+" to "+name, err)
	}
	return nil
}

// entry writes what a line stands for.
func entry(p *cmd.Proc, out io.StringWriter, line string) error {
	line = strings.TrimRight(line, "\n \t")
	switch {
	case strings.Contains(line, "\x00"):
		return p.Fatal(cmd.ExitTemporary, "NUL in input")
	case line == "" || line[0] == '#':
		return nil
	case line[0] == '.' || line[0] == '/':
	case len(line) > aliases.MaxAddress:
		return p.Fatal(cmd.ExitTemporary, "addresses must be under 800 bytes")
	case line[0] != '&':
		line = "&" + line
	}
	_, err := out.WriteString(line + "\x00")
	return err
}

func failure(p *cmd.Proc, temporary string, err error) error {
	var unread *aliases.InputError
	var exit *cmd.Exit
	switch {
	case errors.As(err, &exit):
		return err
	case errors.As(err, &unread):
		return p.FatalSys(cmd.ExitTemporary, "unable to read input", unread.Err)
	}
	return p.FatalSys(cmd.ExitTemporary, "unable to write to "+temporary, err)
}
