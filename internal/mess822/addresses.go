// Package mess822 reads and writes header fields as mess822's programs do:
// whatever stands in a field of addresses, it names somebody; hosts are
// rewritten as rewriting(5) has it; dates become the same in one format.
//
// Package addr, which rewrites fields as qmail-inject does, refuses those
// that are no lists of addresses; a reader of other people's mail cannot.
package mess822

import (
	"slices"
	"strings"
)

// Item is one part of a list of addresses: an address, or a comment, which
// belongs to the address behind it if there is one, and else names a group or
// nobody.
type Item struct {
	Text    string // an address has an at sign: "@" says nothing, "joe@" has no host
	Comment bool
}

// List returns the items in the contents of a field, in its order: addresses
// without comments, quotes, white space and source routes, each behind the
// comment that is made of all that stands around it.
func List(contents string) []Item {
	r := reader{left: Tokens(contents), wordOK: true}
	for len(r.left) > 0 {
		r.step()
	}
	r.end()
	r.endComment()
	slices.Reverse(r.found)
	return r.found
}

// Addresses returns the addresses of List. One that has no host ends in an at
// sign.
func Addresses(contents string) []string {
	var list []string
	for _, item := range List(contents) {
		if !item.Comment {
			list = append(list, item.Text)
		}
	}
	return list
}

// reader goes from right to left, as the bracket around an address comes
// before it then.
type reader struct {
	left    []Token
	box     []string // the address being read, its last part first
	comment []string // what stands around it, in the same order
	open    bool     // there is an address; "<>" is one too
	hasAt   bool
	wordOK  bool // a word here belongs to the address being read
	phrase  bool // in the name before "<" or ":"
	found   []Item
}

func (r *reader) pop() Token {
	t := r.left[len(r.left)-1]
	r.left = r.left[:len(r.left)-1]
	return t
}

func (r *reader) step() {
	t := r.pop()
	if r.phrase {
		if strings.IndexByte(",;:>", t.Kind) < 0 {
			r.remark(t)
			return
		}
		r.end()
		r.phrase, r.wordOK = false, true
	}
	switch t.Kind {
	case Space:
		r.comment = append(r.comment, " ")
	case Comment:
		r.comment = append(r.comment, " ", t.Text, " ")
	case ';', ',':
		r.end()
		r.endComment()
		r.wordOK = true
	case Word:
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

// angle reads the address before ">", and makes a remark of the route before
// that.
func (r *reader) angle() {
	r.end()
	r.open = true
	for route := false; len(r.left) > 0; {
		t := r.pop()
		switch {
		case t.Kind == '<':
			return
		case route:
			r.remark(t)
		case t.Kind == ':':
			route = true
		default:
			r.add(t)
		}
	}
}

// add makes a token part of the address, unless it can be none.
func (r *reader) add(t Token) {
	switch t.Kind {
	case '@':
		r.hasAt = true
	case Word, '.':
	default:
		r.remark(t)
		return
	}
	r.open = true
	r.box = append(r.box, t.Text)
}

// remark makes a token part of the comment, unless it only parts others.
func (r *reader) remark(t Token) {
	if strings.IndexByte(",:;<>", t.Kind) < 0 {
		r.comment = append(r.comment, t.Text)
	}
}

// end ends the address being read, if any, with the comment.
func (r *reader) end() {
	if !r.open {
		return
	}
	slices.Reverse(r.box)
	address := strings.Join(r.box, "")
	if !r.hasAt {
		address += "@"
	}
	r.found = append(r.found, Item{Text: address})
	r.box, r.open, r.hasAt = r.box[:0], false, false
	r.endComment()
}

// endComment ends the comment, if it says anything: of several spaces one
// stays, of those around it none.
func (r *reader) endComment() {
	slices.Reverse(r.comment)
	text := strings.Join(r.comment, "")
	r.comment = r.comment[:0]
	b := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != ' ' || len(b) > 0 && b[len(b)-1] != ' ' {
			b = append(b, text[i])
		}
	}
	if text = strings.TrimSuffix(string(b), " "); text != "" {
		r.found = append(r.found, Item{text, true})
	}
}
