package aliases

import (
	"bufio"
	"io"
)

// Mistake is what is wrong with a table, in setforward's words.
type Mistake string

func (m Mistake) Error() string { return string(m) }

// The mistakes that a table can have.
const (
	ErrSemicolon Mistake = "final instruction must end with semicolon"
	ErrColon     Mistake = "double colons are not permitted"
	ErrComma     Mistake = "commas are not permitted before colons"
	ErrNUL       Mistake = "NUL bytes are not permitted"
	ErrLong      Mistake = "addresses over 800 bytes are not permitted"
	ErrBig       Mistake = "instructions over 64 megabytes are not permitted"
)

// The keys of a database: what a target's name has before it.
const (
	Commands = ":" // the target's commands, each with a NUL behind it
	Owner    = "?" // the address that its mail is to come from
)

// InputError is a failure to read.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

// table is a reader of setforward's input.
type table struct {
	in      *bufio.Reader
	add     func(key, data []byte) error
	target  []byte
	command []byte
	data    []byte // the commands so far, each with its NUL
	colon   bool   // the target is complete
}

// ReadTable reads a table of forwarding instructions (setforward(1)) and calls
// add for each record of the database that they make, in order. Its error is
// that of add, a Mistake, or an *InputError.
func ReadTable(r io.Reader, add func(key, data []byte) error) error {
	t := &table{in: bufio.NewReader(r), add: add}
	for {
		c, err := t.in.ReadByte()
		if err != nil {
			err = inputError(err)
		} else {
			err = t.next(c)
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
	}
	if t.colon || len(t.target) > 0 {
		return ErrSemicolon
	}
	return nil
}

func (t *table) next(c byte) (err error) {
	switch c {
	case '#':
		return t.comment()
	case ' ', '\n', '\t':
		return nil
	case ':':
		if t.colon {
			return ErrColon
		}
		t.colon = true
		return nil
	case ',', ';':
		if !t.colon {
			return ErrComma
		}
		if err := t.endCommand(); err != nil || c == ',' {
			return err
		}
		return t.endInstruction()
	case '\\':
		if c, err = t.in.ReadByte(); err != nil {
			return inputError(err)
		}
	}
	if c == 0 {
		return ErrNUL
	}
	if len(t.target)+len(t.command)+len(t.data) > maxPiece {
		return ErrBig
	}
	if t.colon {
		t.command = append(t.command, c)
	} else {
		t.target = append(t.target, c)
	}
	return nil
}

// inputError lets the end of the input be the end of the input.
func inputError(err error) error {
	if err == io.EOF {
		return err
	}
	return &InputError{err}
}

func (t *table) comment() error {
	for {
		c, err := t.in.ReadByte()
		if err != nil {
			return inputError(err)
		}
		if c == '\n' {
			return nil
		}
	}
}

func (t *table) endCommand() error {
	command := t.command
	t.command = t.command[:0]
	if len(command) == 0 {
		return nil
	}
	switch command[0] {
	case '?':
		return t.record(Owner, command[1:])
	case '|', '!', '.', '/':
	default:
		if len(command) > MaxAddress {
			return ErrLong
		}
		if command[0] != '&' {
			t.data = append(t.data, '&')
		}
	}
	t.data = append(append(t.data, command...), 0)
	return nil
}

func (t *table) endInstruction() error {
	var err error
	if len(t.data) > 0 {
		err = t.record(Commands, t.data)
	}
	t.target, t.data, t.colon = t.target[:0], t.data[:0], false
	return err
}

func (t *table) record(kind string, data []byte) error {
	return t.add([]byte(Lower(kind+string(t.target))), data)
}
