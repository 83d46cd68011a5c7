package smtpd

import (
	"strings"

	"qmailkit/internal/control"
)

// tags are the lines of s/qmail's badmailfrom and badhelo that ask for more than
// the address.
type tags struct {
	spared     control.Map // "?box@host" and "helo!": refused for nothing
	notRelay   control.Map // "@host+": who may not relay
	unknown    control.Map // "@host-": clients without a name in the DNS
	elsewhere  control.Map // "@host=": clients that are not at host by name
	mismatched control.Map // "~host": clients there whose sender is elsewhere
}

// addTagged reads s/qmail's lines.
func (l *List) addTagged(lines []string) {
	var exact, spared, notRelay, unknown, elsewhere, mismatched []string
	for _, line := range lines {
		if line == "" {
			continue
		}
		last := line[len(line)-1]
		short := line[:len(line)-1]
		at := strings.HasPrefix(line, "@")
		pattern, not := strings.CutPrefix(line, "!")
		switch {
		case line[0] == '?' && strings.Contains(line, "@"):
			spared = append(spared, line[1:])
		case last == '!' && len(line) > 1:
			spared = append(spared, short)
		case line[0] == '~':
			mismatched = append(mismatched, line[1:])
		case at && last == '+':
			notRelay = append(notRelay, short)
		case at && last == '-':
			unknown = append(unknown, short)
		case at && last == '=':
			elsewhere = append(elsewhere, short)
		case not || strings.ContainsAny(pattern, "*?["):
			l.rules = append(l.rules, rule{not: not, glob: control.Fold(pattern)})
		default:
			exact = append(exact, pattern)
		}
	}
	l.exact = control.NewSet(exact)
	l.tags = tags{
		spared: control.NewSet(spared), notRelay: control.NewSet(notRelay), unknown: control.NewSet(unknown),
		elsewhere: control.NewSet(elsewhere), mismatched: control.NewSet(mismatched),
	}
}

// MatchSender tells whether a client's sender is refused, or spared whatever
// else there may be against it.
func (l *List) MatchSender(c *Client, sender string) (refused, spared bool) {
	if l == nil || l.dialect != Tagged {
		return l.Match(sender), false
	}
	if l.tags.spared.Has(sender) {
		return false, true
	}
	return l.tags.refuse(c, sender) || l.Match(sender), false
}

func (t *tags) refuse(c *Client, sender string) bool {
	at := strings.LastIndexByte(sender, '@')
	if at < 0 {
		return false
	}
	host, domain := control.Fold(c.Peer.RemoteHost), control.Fold(sender[at+1:])
	nameless := host == "unknown" || host == ""
	switch key := "@" + domain; {
	case !c.Relay && t.notRelay.Has(key), nameless && t.unknown.Has(key):
		return true
	case !nameless && !below(host, domain) && t.elsewhere.Has(key):
		return true
	case nameless || below(host, domain):
		return false
	}
	for rest, more := host, true; more; _, rest, more = strings.Cut(rest, ".") {
		if t.mismatched.Has(rest) {
			return true
		}
	}
	return false
}

// below tells whether a host is domain or under it.
func below(host, domain string) bool {
	return host == domain || strings.HasSuffix(host, "."+domain)
}
