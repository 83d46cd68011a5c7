// Package mess822 reads the addresses of header fields as mess822's programs
// do: whatever stands there, it names somebody.
//
// Package addr, which rewrites fields, refuses those that are no lists of
// addresses; a reader of other people's mail cannot.
package mess822

import "strings"

// token is a word, a special character or a comment.
type token struct {
	kind byte // '=' for a word, '(' for a comment, ' ' for white space, or the character itself
	text string
}

// Addresses returns the addresses in the contents of a field, the first one
// first: without comments, quotes, white space and source routes. One that
// has no host ends in an at sign.
func Addresses(contents string) []string {
	r := reader{left: tokens(contents), wordOK: true}
	for len(r.left) > 0 {
		r.step()
	}
	r.end()
	for i, j := 0, len(r.found)-1; i < j; i, j = i+1, j-1 {
		r.found[i], r.found[j] = r.found[j], r.found[i]
	}
	return r.found
}

// reader goes from right to left, as the bracket around an address comes
// before it then.
type reader struct {
	left   []token
	box    []string // the address being read, its last part first
	open   bool     // there is one; "<>" is an address too
	hasAt  bool
	wordOK bool // a word here belongs to the address being read
	phrase bool // in the name before "<" or ":"
	found  []string
}

func (r *reader) pop() token {
	t := r.left[len(r.left)-1]
	r.left = r.left[:len(r.left)-1]
	return t
}

func (r *reader) step() {
	t := r.pop()
	if r.phrase {
		if strings.IndexByte(",;:>", t.kind) < 0 {
			return
		}
		r.end()
		r.phrase, r.wordOK = false, true
	}
	switch t.kind {
	case ' ', '\t', '(':
	case ';', ',':
		r.end()
		r.wordOK = true
	case '=':
		if !r.wordOK {
			r.end()
		}
		r.add(t)
		r.wordOK = false
	case '>':
		r.angle()
		r.phrase = true
	case ':':
		r.phrase = true
	default:
		r.add(t)
		r.wordOK = true
	}
}

// angle reads the address before ">", and skips the route before that.
func (r *reader) angle() {
	r.end()
	r.open = true
	for len(r.left) > 0 {
		t := r.pop()
		if t.kind == ':' {
			for len(r.left) > 0 && r.pop().kind != '<' {
			}
			return
		}
		if t.kind == '<' {
			return
		}
		r.add(t)
	}
}

// add makes a token part of the address, unless it can be none.
func (r *reader) add(t token) {
	switch t.kind {
	case '@':
		r.hasAt = true
	case '=', '.':
	default:
		return
	}
	r.open = true
	r.box = append(r.box, t.text)
}

// end ends the address being read, if any.
func (r *reader) end() {
	if !r.open {
		return
	}
	var b strings.Builder
	for i := len(r.box) - 1; i >= 0; i-- {
		b.WriteString(r.box[i])
	}
	if !r.hasAt {
		b.WriteByte('@')
	}
	r.found = append(r.found, b.String())
	r.box, r.open, r.hasAt = r.box[:0], false, false
}

// tokens takes contents apart. What is never closed ends at the end.
func tokens(s string) []token {
	list := make([]token, 0, len(s)/4+4)
	for i := 0; i < len(s); {
		t := token{kind: s[i], text: s[i : i+1]}
		switch t.kind {
		case '"':
			t.text, i = enclosed(s, i, '"')
			t.kind = '='
		case '[':
			t.text, i = enclosed(s, i, ']')
			t.kind, t.text = '=', "["+t.text+"]"
		case '(':
			t.text, i = enclosed(s, i, ')')
		case '<', '>', ',', ';', ':', '@', '.', ' ', '\t':
			i++
		case '\n', '\r':
			i++
			t.kind = ' '
		default:
			t.text, i = word(s, i)
			t.kind = '='
		}
		list = append(list, t)
	}
	return list
}

// enclosed reads from an opening character at s[i] to behind the end that
// belongs to it. Comments nest; a backslash makes a character a plain one.
func enclosed(s string, i int, end byte) (text string, next int) {
	var b []byte
	depth := 1
	for i++; i < len(s); i++ {
		switch c := s[i]; {
		case c == end:
			if depth--; depth == 0 {
				return string(b), i + 1
			}
		case c == '(' && end == ')':
			depth++
		case c == '\\' && i+1 < len(s):
			i++
		}
		b = append(b, s[i])
	}
	return string(b), i
}

func word(s string, i int) (text string, next int) {
	var b []byte
	for start := i; i < len(s) && (i == start || strings.IndexByte("\"[(<>,;:@. \t\r\n", s[i]) < 0); i++ {
		if s[i] == '\\' && i+1 < len(s) {
			i++
		}
		b = append(b, s[i])
	}
	return string(b), i
}
