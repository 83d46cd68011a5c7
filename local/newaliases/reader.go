package main

import (
	"errors"
	"io"
	"strings"

	"qmailkit/internal/addr"
	"qmailkit/internal/aliases"
	"qmailkit/internal/cmd"
)

// reader turns the lines of an aliases file into records of a database.
type reader struct {
	*cmd.Proc
	names *aliases.Names
	add   func(key, data []byte) error

	line strings.Builder // the instruction so far: a line and those that continue it

	// Of the instruction being read, from its end to its beginning:
	target string // the address read last, with an at sign; in the end, the alias
	full   string // it as a recipient
	data   []byte // the commands, each with its NUL
}

// maxInstruction bounds one instruction, all its lines together.
const maxInstruction = 64 << 20

// read reads the whole file. Its error is a *cmd.Exit for a mistake, an
// *aliases.InputError, or that of add.
func (r *reader) read(in io.Reader) error {
	err := aliases.Lines(in, func(line string) error {
		switch line[0] {
		case '\n':
			return nil
		case ' ', '\t':
		default:
			if err := r.instruction(); err != nil {
				return err
			}
		}
		r.line.WriteString(line)
		if r.line.Len() > maxInstruction {
			return r.wrong("instructions over 64 megabytes are not permitted")
		}
		return nil
	})
	if err != nil {
		return err
	}
	return r.instruction()
}

func (r *reader) wrong(text string) error { return r.Fatal(cmd.ExitTemporary, text) }

// instruction makes the records of one that is complete.
func (r *reader) instruction() error {
	line := r.line.String()
	r.line.Reset()
	if line == "" || line[0] == '#' {
		return nil
	}
	r.target, r.full, r.data = "", "", nil
	err := aliases.NextLine(line, true, r.address)
	switch {
	case errors.Is(err, addr.ErrSyntax):
		return r.unparsed(line)
	case err != nil:
		return err
	case r.target == "" && len(r.data) == 0:
		return nil
	case r.target == "" || len(r.data) == 0:
		return r.unparsed(line)
	}
	// "owner-@" would be the owner of every alias that has none.
	key := aliases.Lower(r.target)
	if owned, ok := strings.CutPrefix(key, "owner-"); ok && owned != "@" {
		if err := r.add([]byte(aliases.Owner+owned), []byte(r.full)); err != nil {
			return err
		}
	}
	return r.add([]byte(aliases.Commands+key), r.data)
}

func (r *reader) unparsed(line string) error {
	return r.wrong("unable to parse this line: " + aliases.Printed(line))
}

// address takes the next one to the left. What is to its right are the
// recipients of an alias that it may be.
func (r *reader) address(a aliases.Address) error {
	switch {
	case a.Include:
		return r.include(a.Text)
	case a.Text == "":
		return r.wrong("empty recipient addresses not permitted")
	case !a.HasAt && a.Text[0] == '/':
		return r.wrong("file delivery " + aliases.Printed(a.Text) + " not supported")
	case !a.HasAt && a.Text[0] == '|':
		return r.program(a.Text[1:])
	}
	if r.target != "" {
		r.command("&" + r.full)
	}
	r.target = a.Text
	if !a.HasAt {
		r.target += "@"
	}
	r.full = r.target
	if strings.HasSuffix(r.full, "@") {
		r.full += r.names.Host
	}
	r.full = r.names.Domains(r.full)
	switch {
	case len(r.full) > aliases.MaxAddress:
		return r.Fatal(cmd.ExitPermanent, aliases.ErrLong.Error())
	case strings.Contains(r.full, "\x00"):
		return r.wrong("NUL not permitted in recipient addresses")
	}
	return nil
}

func (r *reader) command(s string) { r.data = append(append(r.data, s...), 0) }

func (r *reader) include(name string) error {
	switch {
	case name == "":
		return r.wrong("empty :include: filenames not permitted")
	case strings.Contains(name, "\x00"):
		return r.wrong("NUL not permitted in :include: filenames")
	}
	r.command(aliases.ListName(name) + ".bin")
	return nil
}

func (r *reader) program(command string) error {
	switch {
	case command == "": // a bar before quotes: the command would become an address
		return r.wrong("empty program names not permitted")
	case strings.Contains(command, "\x00"):
		return r.wrong("NUL not permitted in program names")
	}
	r.command("!" + command)
	return nil
}
