package send

import (
	"strings"

	"qmailkit/internal/control"
)

// DomainLimits tell how many remote deliveries there may be at once to the
// recipients of a domain. They do not change once made.
type DomainLimits struct {
	of   map[string]int
	rest int
}

// NewDomainLimits takes the entries of the control file concurrencyperdomain:
// a domain, or a dot and a domain for all below it, a colon and a number. A
// number alone, or after a colon, is for all other domains; without such a line
// rest is. What has no number is left out.
func NewDomainLimits(lines []string, rest int) *DomainLimits {
	l := &DomainLimits{of: make(map[string]int, len(lines)), rest: rest}
	for _, line := range lines {
		if domain, limit, ok := ParseDomainLimit(line); ok {
			l.of[domain] = limit
		}
	}
	return l
}

// ParseDomainLimit takes an entry apart; ok is false when it has no number. The
// last colon counts: there are domains with colons, [IPv6:...].
func ParseDomainLimit(line string) (domain string, limit int, ok bool) {
	colon := strings.LastIndexByte(line, ':')
	limit, digits := control.LeadingInt(line[colon+1:])
	return control.Fold(line[:max(colon, 0)]), limit, digits > 0
}

// None tells whether there is no limit for any domain.
func (l *DomainLimits) None() bool { return l.rest == 0 && len(l.of) == 0 }

// Of returns the limit of a domain, in lower case, by the most specific entry;
// 0 is no limit.
func (l *DomainLimits) Of(domain string) int {
	for key := range domainKeys(domain) {
		if limit, ok := l.of[key]; ok {
			return limit
		}
	}
	return l.rest
}

// Domain returns what is behind the last @ of an address, in lower case.
func Domain(address string) string { return control.Fold(hostOf(address)) }
