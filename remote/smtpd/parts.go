package smtpd

import (
	"errors"
	"regexp"
	"regexp/syntax"
)

// Parts is what some policies need and most do not. A program that is started
// for each session may be built without them: whatever nobody refers to, the
// linker leaves out.
type Parts struct {
	Resolver Resolver                                 // dns.System's
	Compile  func(expression string) (Matcher, error) // Regexp
	Listing  *Listing                                 // of a process that serves many sessions
}

// ErrParts is a policy that needs one of the parts that there are not.
var ErrParts = errors.New("this policy needs a program with more parts")

// Matcher is a regular expression.
type Matcher interface{ MatchString(s string) bool }

// Regexp reads an extended regular expression of POSIX without regard to case.
func Regexp(expression string) (Matcher, error) {
	parsed, err := syntax.Parse(expression, syntax.POSIX|syntax.FoldCase)
	if err != nil {
		return nil, err
	}
	return regexp.Compile(parsed.String())
}

// dns is the resolver, for a policy that is going to ask it.
func (l *loader) dns() Resolver {
	l.asksDNS = true
	return l.parts.Resolver
}
