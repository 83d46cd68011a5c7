// Package getopt reads the old style of options: letters behind one dash,
// an argument either glued to its letter or in the next word, "--" or the
// first other word ending them.
package getopt

import "errors"

// The two ways an option can be wrong, Parser.Err.
var (
	ErrIllegal  = errors.New("illegal option")
	ErrArgument = errors.New("option requires an argument")
)

// Parser walks over a program's arguments.
type Parser struct {
	Letters string // the allowed letters; a ':' after one says that it takes an argument
	Args    []string

	Opt byte   // the letter that Next found or complains of
	Arg string // its argument
	Err error  // what is wrong with it

	rest string // letters of the current word that are still to be read
}

// New returns a parser of args, which do not include the program's name.
func New(letters string, args []string) *Parser {
	return &Parser{Letters: letters, Args: args}
}

// Next reads one option into Opt and Arg. It returns false when one is wrong,
// which Err tells, and when there are no more; Args then holds the words that
// follow them. Behind a wrong letter it goes on if it is called again.
func (p *Parser) Next() bool {
	p.Arg, p.Err = "", nil
	if p.rest == "" {
		if len(p.Args) == 0 || len(p.Args[0]) < 2 || p.Args[0][0] != '-' {
			return false
		}
		word := p.Args[0]
		p.Args = p.Args[1:]
		if word[1] == '-' {
			return false
		}
		p.rest = word[1:]
	}
	p.Opt, p.rest = p.rest[0], p.rest[1:]
	known, takes := p.find(p.Opt)
	switch {
	case !known:
		p.Err = ErrIllegal
	case !takes:
	case p.rest != "":
		p.Arg, p.rest = p.rest, ""
	case len(p.Args) == 0:
		p.Err = ErrArgument
	default:
		p.Arg, p.Args = p.Args[0], p.Args[1:]
	}
	return p.Err == nil
}

// Skip drops the letters that follow Opt in the same word.
func (p *Parser) Skip() { p.rest = "" }

// Problem is the line that getopt(3) would print of Err for the program name,
// without its newline; "" where nothing is wrong.
func (p *Parser) Problem(name string) string {
	if p.Err == nil {
		return ""
	}
	return name + ": " + p.Err.Error() + " -- " + string([]byte{p.Opt})
}

func (p *Parser) find(c byte) (known, takes bool) {
	for i := 0; i < len(p.Letters); i++ {
		if p.Letters[i] == c && c != ':' {
			return true, i+1 < len(p.Letters) && p.Letters[i+1] == ':'
		}
	}
	return false, false
}
