package addr

import "errors"

// Kind says what a Token is.
type Kind uint8

// The tokens of RFC 822 section 3.3. White space separates tokens and is none.
const (
	Atom    Kind = iota + 1 // a word without quotes
	Quoted                  // a quoted-string
	Literal                 // a domain-literal, [127.0.0.1]
	Comment                 // (a comment)
	Left                    // <
	Right                   // >
	At                      // @
	Comma                   // ,
	Semi                    // ;
	Colon                   // :
	Dot                     // .
)

// Token is one word, comment or special character of an address field.
type Token struct {
	Kind Kind
	Text string // what an Atom, Quoted, Literal or Comment says, nothing escaped
}

// ErrSyntax is a field that is not a list of addresses.
var ErrSyntax = errors.New("not a list of addresses")

// Parse takes the contents of a field, folded or not, apart. It refuses what
// has no end (a comment, a quoted string, a domain literal) and a closing
// parenthesis or bracket that closes nothing.
//
// Beyond RFC 822, a backslash quotes in an Atom too, and any other byte may
// stand there; an Atom that would not be read as the same one word again
// becomes Quoted.
func Parse(s string) ([]Token, error) {
	tokens := make([]Token, 0, len(s)/4+4)
	for i := 0; i < len(s); {
		kind, end := special(s[i]), byte(0)
		switch s[i] {
		case ' ', '\t', '\r', '\n':
			i++
			continue
		case ')', ']':
			return nil, ErrSyntax
		case '(':
			kind, end = Comment, ')'
		case '"':
			kind, end = Quoted, '"'
		case '[':
			kind, end = Literal, ']'
		}
		text := ""
		switch {
		case end != 0:
			var ok bool
			if text, i, ok = enclosed(s, i, end); !ok {
				return nil, ErrSyntax
			}
		case kind != 0:
			i++
		default:
			if text, i = word(s, i); plain(text) {
				kind = Atom
			} else {
				kind = Quoted
			}
		}
		tokens = append(tokens, Token{kind, text})
	}
	return tokens, nil
}

func special(c byte) Kind {
	switch c {
	case '<':
		return Left
	case '>':
		return Right
	case '@':
		return At
	case ',':
		return Comma
	case ';':
		return Semi
	case ':':
		return Colon
	case '.':
		return Dot
	}
	return 0
}

// enclosed reads what starts at s[i] up to its end, and returns the place
// behind that. Comments nest.
func enclosed(s string, i int, end byte) (text string, next int, ok bool) {
	buf := make([]byte, 0, 32)
	open := s[i]
	for depth := 1; ; {
		if i++; i >= len(s) {
			return "", i, false
		}
		switch {
		case s[i] == end:
			if depth--; depth == 0 {
				return string(buf), i + 1, true
			}
			continue
		case s[i] == '(' && open == '(':
			depth++
			continue
		case s[i] == '\\':
			if i++; i >= len(s) {
				return "", i, false
			}
		}
		buf = append(buf, s[i])
	}
}

// word reads the atom at s[i]. A newline that a backslash put into it counts
// as a space: the white space behind the newline does not belong to the word,
// and the word written out again would break its field in two.
func word(s string, i int) (text string, next int) {
	buf := make([]byte, 0, 32)
	for i < len(s) && (len(buf) == 0 || inAtom(s[i])) {
		if s[i] == '\\' {
			if i++; i >= len(s) {
				break
			}
		}
		c := s[i]
		if c == '\n' {
			c = ' '
		}
		buf = append(buf, c)
		i++
	}
	return string(buf), i
}

func inAtom(c byte) bool {
	switch c {
	case ' ', '\t', '\r', '\n', '(', '[', '"':
		return false
	}
	return special(c) == 0
}

// plain tells whether an atom can be written without quotes.
func plain(text string) bool {
	if text == "" || text[0] == '.' || text[len(text)-1] == '.' {
		return false
	}
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', ')', ']', '\\', '<', '>', '@', ',', ';', ':':
			return false
		default:
			if c < ' ' || c > '~' {
				return false
			}
		}
	}
	return true
}

// Unquote returns an address as the envelope has it: no quotes, no comments,
// no space. It can hold any byte, a NUL too.
func Unquote(address []Token) string {
	b := make([]byte, 0, 64)
	for _, t := range address {
		switch t.Kind {
		case Comment:
		case Literal:
			b = append(b, '[')
			b = append(b, t.Text...)
			b = append(b, ']')
		case Atom, Quoted:
			b = append(b, t.Text...)
		default:
			b = append(b, mark(t.Kind))
		}
	}
	return string(b)
}

func mark(k Kind) byte { return "<>@,;:."[k-Left] }
