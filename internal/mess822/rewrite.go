package mess822

import "strings"

// Rules are the instructions of rewriting(5), in their order.
type Rules []Rule

// Rule is one instruction about hosts.
type Rule struct {
	Kind byte   // '=', '*', '?' or '-'
	End  string // what the host ends with, in any case; for '=' all of it
	New  string // what comes in the place of End; for '-' of the whole host
}

// ParseRule reads "=end:new" and the like. ok is false for what is none.
func ParseRule(s string) (r Rule, ok bool) {
	if s == "" || strings.IndexByte("=*?-", s[0]) < 0 {
		return Rule{}, false
	}
	end, with, ok := strings.Cut(s[1:], ":")
	if !ok {
		return Rule{}, false
	}
	return Rule{s[0], end, with}, true
}

// ParseRules reads the lines of control/rewrite. Those that are no
// instructions mean nothing.
func ParseRules(lines []string) Rules {
	rules := make(Rules, 0, len(lines))
	for _, line := range lines {
		if r, ok := ParseRule(line); ok {
			rules = append(rules, r)
		}
	}
	return rules
}

// DefaultRules stand where there is no control/rewrite.
func DefaultRules(defaultHost, defaultDomain, plusDomain string) Rules {
	return Rules{{'*', ".", ""}, {'=', "", defaultHost}, {'*', "+", "." + plusDomain}, {'?', "", "." + defaultDomain}}
}

// Host rewrites a host by all rules, one after the other.
func (rules Rules) Host(host string) string {
	for i := range rules {
		host = rules[i].apply(host)
	}
	return host
}

func (r *Rule) apply(host string) string {
	n := len(host) - len(r.End)
	if n < 0 || !equalFold(host[n:], r.End) {
		return host
	}
	start := host[:n]
	switch r.Kind {
	case '=':
		if start != "" {
			return host
		}
	case '?':
		if strings.ContainsAny(start, ".[]") {
			return host
		}
	case '-':
		start = ""
	}
	return start + r.New
}

// equalFold compares without regard to ASCII case: bytes above 127 mean
// themselves.
func equalFold(a, b string) bool {
	for i := 0; i < len(a); i++ {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// Address rewrites the host behind the last at sign; without one it is empty.
// An address that says nothing becomes the empty one.
func (rules Rules) Address(address string) string {
	if address == "" || address == "@" {
		return ""
	}
	box, host := address, ""
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		box, host = address[:at], address[at+1:]
	}
	return box + "@" + rules.Host(host)
}

// Rewrite rewrites the addresses of a list, in place.
func (rules Rules) Rewrite(list []Item) {
	for i := range list {
		if !list[i].Comment {
			list[i].Text = rules.Address(list[i].Text)
		}
	}
}
