// Package aliases holds the formats of forwarding files: the lines of
// addresses of .forward, :include: and aliases files, the table and the
// database of setforward(1), and the lists of setmaillist(1).
package aliases

import (
	"strings"

	"qmailkit/internal/addr"
	"qmailkit/internal/control"
)

// MaxAddress is how long an address in a database or a list may be, in bytes.
const MaxAddress = 800

// Address is one that a line names.
type Address struct {
	Text    string // without quotes and comments; any byte may stand in it
	HasAt   bool   // with an at sign that is not quoted
	Include bool   // Text is what stands behind ":include:"
}

// NextLine calls found for each address of a line, the last one first. It
// stops at found's error; its own is addr.ErrSyntax, after it may have called
// found for what stands behind the mistake. A line that belongs to a group is
// read as if its name were an address. Where includes is set, ":include:NAME"
// is an Address of its own kind.
func NextLine(line string, includes bool, found func(Address) error) error {
	tokens, err := addr.Parse(line)
	if err != nil {
		return err
	}
	r := reader{left: tokens, includes: includes, found: found, wordOK: true}
	for len(r.left) > 0 {
		if err := r.step(); err != nil {
			return err
		}
	}
	return r.flush()
}

// reader goes from right to left: a word's place is clear as soon as it is
// met, since the bracket around an address comes before the address.
type reader struct {
	left     []addr.Token // what has not been looked at
	box      []addr.Token // the address being read, last token first
	wordOK   bool         // a word here belongs to the address in box
	includes bool
	found    func(Address) error
}

// pop takes the token furthest to the right.
func (r *reader) pop() addr.Token {
	t := r.left[len(r.left)-1]
	r.left = r.left[:len(r.left)-1]
	return t
}

func (r *reader) next() addr.Kind {
	if len(r.left) == 0 {
		return 0
	}
	return r.left[len(r.left)-1].Kind
}

func (r *reader) step() error {
	t := r.pop()
	switch t.Kind {
	case addr.Semi, addr.Comment:
	case addr.Colon:
		return r.colon()
	case addr.Right:
		return r.angle()
	case addr.Comma:
		r.wordOK = true
		return r.flush()
	case addr.Atom, addr.Quoted, addr.Literal:
		if !r.wordOK {
			if err := r.flush(); err != nil {
				return err
			}
		}
		r.wordOK = false
		r.box = append(r.box, t)
	default:
		r.wordOK = true
		r.box = append(r.box, t)
	}
	return nil
}

// colon ends nothing, unless it is the second one of ":include:".
func (r *reader) colon() error {
	n := len(r.left)
	if !r.includes || n < 2 || r.left[n-2].Kind != addr.Colon || r.left[n-1].Kind != addr.Atom || r.left[n-1].Text != "include" {
		return nil
	}
	r.left = r.left[:n-2]
	return r.address(true)
}

// angle reads "name <address>".
func (r *reader) angle() error {
	if err := r.flush(); err != nil {
		return err
	}
	for r.next() != addr.Left && len(r.left) > 0 {
		r.box = append(r.box, r.pop())
	}
	if err := r.address(false); err != nil {
		return err
	}
	if len(r.left) == 0 {
		return addr.ErrSyntax
	}
	r.pop()
	for inName(r.next()) {
		r.pop()
	}
	r.wordOK = false
	return nil
}

func inName(k addr.Kind) bool {
	switch k {
	case addr.Comment, addr.Atom, addr.Quoted, addr.At, addr.Dot:
		return true
	}
	return false
}

func (r *reader) flush() error {
	if len(r.box) == 0 {
		return nil
	}
	return r.address(false)
}

func (r *reader) address(include bool) error {
	a := Address{Include: include}
	for i, j := 0, len(r.box)-1; i < j; i, j = i+1, j-1 {
		r.box[i], r.box[j] = r.box[j], r.box[i]
	}
	for _, t := range r.box {
		a.HasAt = a.HasAt || t.Kind == addr.At
	}
	a.Text = addr.Unquote(r.box)
	r.box = r.box[:0]
	return r.found(a)
}

// Names complete the addresses that people write (qmail-header(5)).
type Names struct{ Host, Domain, Plus string }

// ReadNames reads control/defaulthost, control/defaultdomain and
// control/plusdomain; control/me stands for one that is missing, and "me" for
// that. lookup is that of the environment whose QMAILDEFAULTHOST,
// QMAILDEFAULTDOMAIN and QMAILPLUSDOMAIN count more; nil where it has no say.
func ReadNames(dir control.Dir, lookup func(string) (string, bool)) (*Names, error) {
	n := &Names{}
	for _, part := range []struct {
		to             *string
		file, variable string
	}{
		{&n.Domain, "defaultdomain", "QMAILDEFAULTDOMAIN"},
		{&n.Host, "defaulthost", "QMAILDEFAULTHOST"},
		{&n.Plus, "plusdomain", "QMAILPLUSDOMAIN"},
	} {
		var err error
		if *part.to, err = dir.LineOr(part.file, true, "me"); err != nil {
			return nil, err
		}
		if lookup == nil {
			continue
		}
		if v, ok := lookup(part.variable); ok {
			*part.to = v
		}
	}
	return n, nil
}

// AtHost gives an address that has no host the default one.
func (n *Names) AtHost(a Address) string {
	if a.HasAt {
		return a.Text
	}
	return a.Text + "@" + n.Host
}

// Domains completes the host of an address that has one: a plus sign at its
// end stands for the plus domain, a host without a dot gets the default one.
func (n *Names) Domains(address string) string {
	if host, ok := strings.CutSuffix(address, "+"); ok {
		address = host + "." + n.Plus
	}
	host := address[max(strings.LastIndexByte(address, '@'), 0):]
	if !strings.Contains(host, ".") {
		address += "." + n.Domain
	}
	return address
}

// Lower is s with its ASCII letters in lower case, as the keys of a database
// are. Other bytes stay.
func Lower(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c >= 'A' && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}

// ListName is the name of an :include: file as a command: one that starts
// with a dot or a slash.
func ListName(name string) string {
	if name[0] == '.' || name[0] == '/' {
		return name
	}
	return "./" + name
}

// Printed is as much of s as a message shows: what stands before a NUL.
func Printed(s string) string {
	s, _, _ = strings.Cut(s, "\x00")
	return s
}
