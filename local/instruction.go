package local

import (
	"errors"
	"strings"
)

// Kind is what an Instruction asks for.
type Kind int

// The kinds of instructions (dot-qmail(5)).
const (
	Mbox    Kind = iota // append to a file
	Maildir             // deliver into a Maildir
	Program             // run a shell command
	Forward             // forward to an address
	List                // only forwards from here on ("+list")
)

// Instruction is one line of a dot-qmail file.
type Instruction struct {
	Kind Kind
	Text string // the line without its mark and trailing blanks
}

// Argument returns the file, command or address: a NUL ends it.
func (in Instruction) Argument() string {
	arg, _, _ := strings.Cut(in.Text, "\x00")
	return arg
}

// String says what the instruction does, as qmail-local -n prints it.
func (in Instruction) String() string {
	return [...]string{"mbox ", "maildir ", "program ", "forward ", "+"}[in.Kind] + in.Text
}

// ErrBlank is a first line that is blank. It is refused because it is what a
// file begins with whose owner has meant to write something else.
var ErrBlank = errors.New("first line is blank")

// Parse reads instructions, one a line; the last one need not end in a
// newline. Comments, blank lines and unknown lines with '+' are left out.
func Parse(text string) ([]Instruction, error) {
	var list []Instruction
	for first := true; first || text != ""; first = false {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		line = strings.TrimRight(line, " \t")
		if line == "" || line[0] == 0 {
			if first {
				return nil, ErrBlank
			}
			continue
		}
		if in, ok := parseLine(line); ok {
			list = append(list, in)
		}
	}
	return list, nil
}

func parseLine(line string) (in Instruction, ok bool) {
	switch line[0] {
	case '#':
		return in, false
	case '.', '/':
		if line[len(line)-1] == '/' {
			return Instruction{Maildir, line}, true
		}
		return Instruction{Mbox, line}, true
	case '|':
		return Instruction{Program, line[1:]}, true
	case '+':
		in = Instruction{List, line[1:]}
		return in, in.Argument() == "list"
	case '&':
		return Instruction{Forward, line[1:]}, true
	}
	return Instruction{Forward, line}, true
}
