package addr

// Rewrite goes through a list of addresses (RFC 822 section 6, read as loosely
// as qmail-header(5) says) and returns it with each address replaced by what
// f makes of it. f sees the last address first; an empty one, "<>", too.
//
// A missing comma is put in where a word cannot belong to what stands before
// it. Comments outside of angle brackets go behind the address that they stood
// in. ErrSyntax is an unbalanced bracket, colon or semicolon; f may have been
// called for some of the addresses then.
func Rewrite(list []Token, f func(address []Token) []Token) ([]Token, error) {
	// From right to left a word's place is clear as soon as it is met: the
	// brackets, or the semicolon of a group, come before what is in them.
	l := walk{in: list, i: len(list) - 1, f: f, wordOK: true, open: find(list, Left)}
	for l.i >= 0 {
		if err := l.step(); err != nil {
			return nil, err
		}
	}
	l.flush()
	reverse(l.out)
	return l.out, nil
}

type walk struct {
	in   []Token
	open int     // the first opening bracket
	i    int     // the token to look at, then those to the left of it
	out  []Token // last first
	box  []Token // the address being read, last first
	f    func([]Token) []Token

	inGroup bool
	wordOK  bool // a word here is part of the address in box
}

func (l *walk) step() error {
	switch l.in[l.i].Kind {
	case Semi:
		l.flushComma()
		if l.inGroup {
			return ErrSyntax
		}
		l.inGroup, l.wordOK = true, true
		l.keep()
	case Colon:
		l.flush()
		if !l.inGroup {
			return ErrSyntax
		}
		l.inGroup, l.wordOK = false, true
		l.groupName()
	case Right:
		l.flushComma()
		return l.angle()
	case Atom, Quoted, Literal:
		if !l.wordOK {
			l.flushComma()
		}
		l.wordOK = false
		l.take()
	case Comment:
		l.keep()
	case Comma:
		l.flush()
		l.wordOK = true
		l.keep()
	default:
		l.wordOK = true
		l.take()
	}
	return nil
}

// keep leaves the current token as it is, take makes it part of the address.
func (l *walk) keep() { l.out = append(l.out, l.in[l.i]); l.i-- }
func (l *walk) take() { l.box = append(l.box, l.in[l.i]); l.i-- }

func (l *walk) comma() { l.out = append(l.out, Token{Kind: Comma}) }

// address ends the address in box.
func (l *walk) address() {
	reverse(l.box)
	box := l.f(l.box)
	for i := len(box) - 1; i >= 0; i-- {
		l.out = append(l.out, box[i])
	}
	l.box = l.box[:0]
}

func (l *walk) flush() {
	if len(l.box) > 0 {
		l.address()
	}
}

func (l *walk) flushComma() {
	if len(l.box) > 0 {
		l.address()
		l.comma()
	}
}

// groupName keeps the colon of a group and the name before it, with the comma
// before that. A group or a bracketed address may stand there without one.
func (l *walk) groupName() {
	for l.keep(); l.i >= 0; {
		k := l.in[l.i].Kind
		if k == Semi || k == Right && l.open < l.i {
			l.comma()
			return
		}
		l.keep()
		if k == Comma {
			return
		}
	}
}

// angle reads "name <address>".
func (l *walk) angle() error {
	l.keep()
	for l.i >= 0 && l.in[l.i].Kind != Left {
		l.take()
	}
	l.address()
	if l.i < 0 {
		return ErrSyntax
	}
	l.keep()
	first, at := l.i, -1 // where the name starts; its last at sign
	for ; first >= 0 && inName(l.in[first].Kind); first-- {
		if at < 0 && l.in[first].Kind == At {
			at = first
		}
	}
	// Between two bracketed addresses, what has an at sign is no name but a
	// third address; its commas are missing.
	missing := at >= 0 && first >= 0 && l.in[first].Kind == Right
	if missing {
		first = l.endOfHost(at)
	}
	for l.i > first {
		l.keep()
	}
	if missing {
		l.comma()
	}
	l.wordOK = missing
	return nil
}

// endOfHost is the place of the last token of the host behind in[at], among
// those up to the current one.
func (l *walk) endOfHost(at int) int {
	end, joined := at, true
	for k := at + 1; k <= l.i; k++ {
		switch l.in[k].Kind {
		case Comment:
			continue
		case Dot:
			joined = true
		default:
			if !joined {
				return end
			}
			joined = false
		}
		end = k
	}
	return end
}

// inName tells what may stand in a name; unquoted addresses and initials do.
func inName(k Kind) bool {
	switch k {
	case Atom, Quoted, Comment, At, Dot:
		return true
	}
	return false
}

func reverse(t []Token) {
	for i, j := 0, len(t)-1; i < j; i, j = i+1, j-1 {
		t[i], t[j] = t[j], t[i]
	}
}
