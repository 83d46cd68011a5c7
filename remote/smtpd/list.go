package smtpd

import (
	"strings"

	"qmailkit/internal/control"
)

// Dialect is how the lines of badmailfrom and its like are read.
type Dialect int

// The dialects. qregex is the patch of that name, which combined patches have;
// tagged is s/qmail's.
const (
	Exact  Dialect = iota // an address, or @ and a host
	Regex                 // a POSIX regular expression, "!" before it: what does not match
	Tagged                // an address, @ and a host, a shell pattern, "!" before it: not that; and lines with tags
)

// List is addresses, or names of hosts, that are refused. It is made by
// NewList; nil is empty.
type List struct {
	dialect Dialect
	exact   control.Map
	rules   []rule
	tags    tags
}

type rule struct {
	line string
	not  bool
	re   Matcher
	glob string
}

// LineError is a line of a list that cannot be used.
type LineError struct {
	Line string
	Why  string
}

func (e *LineError) Error() string { return e.Why + ": " + e.Line }

// NewList reads the lines of a list, with Parts.Compile for those that are
// regular expressions.
func NewList(lines []string, dialect Dialect, compile func(string) (Matcher, error)) (*List, error) {
	l := &List{dialect: dialect}
	switch dialect {
	case Exact:
		l.exact = control.NewSet(lines)
		return l, nil
	case Tagged:
		l.addTagged(lines)
		return l, nil
	}
	for _, line := range lines {
		if compile == nil {
			return nil, ErrParts
		}
		if line == "" { // it would fit all
			continue
		}
		expression, not := strings.CutPrefix(line, "!")
		re, err := compile(expression)
		if err != nil {
			return nil, &LineError{line, "not a regular expression"}
		}
		l.rules = append(l.rules, rule{line: line, not: not, re: re})
	}
	return l, nil
}

// Match tells whether s is refused.
func (l *List) Match(s string) bool {
	if l == nil {
		return false
	}
	switch l.dialect {
	case Exact:
		return l.has(s)
	case Tagged:
		return l.matchTagged(control.Fold(s))
	}
	return l.line(s) != ""
}

// line returns the first regular expression that refuses s.
func (l *List) line(s string) string {
	for _, r := range l.rules {
		if r.re != nil && r.re.MatchString(s) != r.not {
			return r.line
		}
	}
	return ""
}

func (l *List) has(s string) bool {
	if l.exact.Has(s) {
		return true
	}
	at := strings.LastIndexByte(s, '@')
	return at >= 0 && l.exact.Has(s[at:])
}

// matchTagged lets the last pattern that fits decide, as s/qmail does; what is
// listed as it stands is refused in any case, unless it is spared.
func (l *List) matchTagged(s string) bool {
	if l.tags.spared.Has(s) {
		return false
	}
	refused := l.has(s)
	if refused {
		return true
	}
	for _, r := range l.rules {
		if glob(r.glob, s) {
			refused = !r.not
		}
	}
	return refused
}

// reply is exact in the words of qmail, and else in those of qregex.
func (l *List) reply(exact, other string) string {
	if l.dialect == Regex {
		return other
	}
	return exact
}

// glob matches s against a shell pattern: * any bytes, ? any byte, [a-z] one of
// these, [^a-z] or [!a-z] one that is not, \ the next byte itself. It takes no
// more than len(pattern)*len(s) steps.
func glob(pattern, s string) bool {
	p, i := 0, 0
	star, mark := -1, 0
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			star, mark = p, i
			p++
			continue
		}
		if width, ok := globOne(pattern[p:], s[i]); ok {
			p += width
			i++
			continue
		}
		if star < 0 {
			return false
		}
		mark++
		p, i = star+1, mark
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// globOne matches one byte and tells how long the pattern for it is.
func globOne(pattern string, c byte) (width int, ok bool) {
	if pattern == "" {
		return 0, false
	}
	switch pattern[0] {
	case '?':
		return 1, true
	case '\\':
		if len(pattern) > 1 {
			return 2, pattern[1] == c
		}
	case '[':
		if end := strings.IndexByte(pattern[1:], ']'); end > 0 {
			return end + 2, inClass(pattern[1:end+1], c)
		}
	}
	return 1, pattern[0] == c
}

func inClass(class string, c byte) bool {
	not := len(class) > 1 && (class[0] == '^' || class[0] == '!')
	if not {
		class = class[1:]
	}
	for i := 0; i < len(class); i++ {
		if i+2 < len(class) && class[i+1] == '-' {
			if class[i] <= c && c <= class[i+2] {
				return !not
			}
			i += 2
		} else if class[i] == c {
			return !not
		}
	}
	return not
}
