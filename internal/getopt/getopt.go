// Package getopt reads the old style of options: letters behind one dash,
// an argument either glued to its letter or in the next word, "--" or the
// first other word ending them.
package getopt

import "errors"

// The two ways an option can be wrong; Parser.Opt then names the letter.
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

	rest string // letters of the current word that are still to be read
}

// New returns a parser of args, which do not include the program's name.
func New(letters string, args []string) *Parser {
	return &Parser{Letters: letters, Args: args}
}

// Next reads one option into Opt and Arg. It returns false when there are no
// more; Args then holds the words that follow them. After an error Next may
// be called again: it goes on behind the letter that was wrong.
func (p *Parser) Next() (bool, error) {
	p.Arg = ""
	if p.rest == "" {
		if len(p.Args) == 0 || len(p.Args[0]) < 2 || p.Args[0][0] != '-' {
			return false, nil
		}
		word := p.Args[0]
		p.Args = p.Args[1:]
		if word[1] == '-' {
			return false, nil
		}
		p.rest = word[1:]
	}
	p.Opt, p.rest = p.rest[0], p.rest[1:]
	known, takes := p.find(p.Opt)
	if !known {
		return true, ErrIllegal
	}
	if !takes {
		return true, nil
	}
	if p.rest != "" {
		p.Arg, p.rest = p.rest, ""
		return true, nil
	}
	if len(p.Args) == 0 {
		return true, ErrArgument
	}
	p.Arg, p.Args = p.Args[0], p.Args[1:]
	return true, nil
}

// Skip drops the letters that follow Opt in the same word.
func (p *Parser) Skip() { p.rest = "" }

// Problem is the line that getopt(3) would print of err for the program name.
func (p *Parser) Problem(name string, err error) string {
	return name + ": " + err.Error() + " -- " + string([]byte{p.Opt})
}

func (p *Parser) find(c byte) (known, takes bool) {
	for i := 0; i < len(p.Letters); i++ {
		if p.Letters[i] == c && c != ':' {
			return true, i+1 < len(p.Letters) && p.Letters[i+1] == ':'
		}
	}
	return false, false
}
