package addr

// width is how long a printed line may get: with the white space in front, the
// comma at the end and two bytes for the fold.
const width = 80

// Print writes tokens behind start, "To:" with its colon or nothing, as one
// header field with its newline. It is folded behind commas only; every line
// after the first starts with white space, whatever the tokens hold.
func Print(start string, tokens []Token) string {
	p := printer{out: append(make([]byte, 0, 256), start...), fold: -1}
	last := Kind(0)
	if start != "" {
		last = Colon
	}
	for _, t := range tokens {
		if spaced(last, t.Kind) {
			p.out = append(p.out, ' ')
		}
		last = t.Kind
		p.token(t)
	}
	p.endElement()
	return string(p.out[:len(p.out)-1])
}

// spaced tells whether a space goes between two tokens.
func spaced(a, b Kind) bool {
	switch {
	case a == 0:
		return false
	case a == Colon, a == Comma, b == Left:
		return true
	}
	return a <= Comment && b <= Comment
}

// printer decides on a fold when the list element behind it is complete.
type printer struct {
	out  []byte
	line int // where the current line starts
	fold int // where a "\n " stands that may yet be taken out; -1 for none
}

func (p *printer) token(t Token) {
	switch t.Kind {
	case Atom:
		p.text(t.Text)
	case Quoted:
		p.out = append(p.out, '"')
		p.text(t.Text)
		p.out = append(p.out, '"')
	case Literal:
		p.out = append(p.out, '[')
		p.text(t.Text)
		p.out = append(p.out, ']')
	case Comment:
		p.out = append(p.out, '(')
		p.text(t.Text)
		p.out = append(p.out, ')')
	case Comma:
		p.out = append(p.out, ',')
		p.endElement()
	default:
		p.out = append(p.out, mark(t.Kind))
	}
}

// text writes what a token says. A newline that is not the start of a
// continuation line becomes a space.
func (p *printer) text(s string) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch c {
		case '\n':
			if i+1 == len(s) || s[i+1] != ' ' && s[i+1] != '\t' {
				c = ' '
				break
			}
			p.out = append(p.out, '\\')
		case '"', '[', ']', '(', ')', '\\', '\r':
			p.out = append(p.out, '\\')
		}
		p.out = append(p.out, c)
	}
}

// endElement takes out the fold before the element if that still fits on the
// line, and puts one behind it.
func (p *printer) endElement() {
	n := len(p.out)
	switch {
	case p.fold >= 0 && n-p.line <= width:
		copy(p.out[p.fold:], p.out[p.fold+2:])
		p.fold, p.out = n-2, p.out[:n-2]
	case p.fold >= 0:
		p.line = p.fold + 1
		fallthrough
	default:
		p.fold = n
	}
	p.out = append(p.out, "\n "...)
}
