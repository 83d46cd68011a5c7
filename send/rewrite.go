package send

import (
	"iter"
	"strings"

	"qmailkit/internal/control"
)

// Rules decide where a recipient goes. They do not change once made, so many
// may read them at once; a HUP makes new ones.
type Rules struct {
	locals      control.Map
	virtual     control.Map
	percentHack control.Map
	envNoAtHost string
	longest     int // the longest whole address that is a key of virtual
}

// NewRules takes the entries of the control files locals, virtualdomains and
// percenthack, and the host name in envnoathost.
func NewRules(locals, virtual, percentHack []string, envNoAtHost string) *Rules {
	r := &Rules{
		locals: control.NewSet(locals), virtual: control.NewMap(virtual), percentHack: control.NewSet(percentHack),
		envNoAtHost: envNoAtHost,
	}
	for key := range r.virtual {
		if strings.Contains(key, "@") {
			r.longest = max(r.longest, len(key))
		}
	}
	return r
}

// WithDomains returns the rules with other locals and virtualdomains, which is
// what a HUP reads again.
func (r *Rules) WithDomains(locals, virtual []string) *Rules {
	renewed := NewRules(locals, virtual, nil, r.envNoAtHost)
	renewed.percentHack = r.percentHack
	return renewed
}

// Rewrite returns the address that a spawner is given for an envelope
// recipient, and which spawner. The steps stand in qmail-send(8) under
// envnoathost, percenthack, locals and virtualdomains.
func (r *Rules) Rewrite(recipient string) (address string, c Channel) {
	address = r.unpercent(recipient, func(string) {})
	at := strings.LastIndexByte(address, '@')
	if r.locals.Has(address[at+1:]) {
		return address, Local
	}
	prepend, ok := r.virtual.Get(address)
	if !ok {
		prepend, _ = r.ofDomain(address[at+1:])
	}
	if prepend != "" {
		return prepend + "-" + address, Local
	}
	return address, Remote
}

// unpercent gives the recipient a host and, as long as the host is one for the
// percent hack, makes user%fqdn@host user@fqdn. It calls each with every form
// of the recipient but the first.
func (r *Rules) unpercent(recipient string, each func(string)) string {
	at := strings.LastIndexByte(recipient, '@')
	if at < 0 {
		at = len(recipient)
		recipient += "@" + r.envNoAtHost
		each(recipient)
	}
	for r.percentHack.Has(recipient[at+1:]) {
		percent := strings.LastIndexByte(recipient[:at], '%')
		if percent < 0 {
			break
		}
		recipient = recipient[:percent] + "@" + recipient[percent+1:at]
		at = percent
		each(recipient)
	}
	return recipient
}

// ofDomain finds what the most specific entry for a domain prepends: of the
// domain, of each part of it that starts with a dot, of the empty name. An
// entry that prepends nothing is an exception.
func (r *Rules) ofDomain(domain string) (prepend string, ok bool) {
	for key := range domainKeys(domain) {
		if prepend, ok = r.virtual.Get(key); ok {
			return prepend, true
		}
	}
	return "", false
}

// domainKeys are what ofDomain looks for, in order.
func domainKeys(domain string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := 0; i <= len(domain); i++ {
			if (i == 0 || i == len(domain) || domain[i] == '.') && !yield(domain[i:]) {
				return
			}
		}
	}
}

// Original undoes Rewrite's prepending as far as today's rules can tell: it
// returns the address that a local delivery's recipient was made of.
func (r *Rules) Original(recipient string) string {
	at := strings.LastIndexByte(recipient, '@')
	if at < 0 || r.locals.Has(recipient[at+1:]) {
		return recipient
	}
	for i := max(0, len(recipient)-r.longest-1); i < at; i++ {
		if recipient[i] != '-' {
			continue
		}
		if prepend, ok := r.virtual.Get(recipient[i+1:]); ok && prepend != "" && prepend == recipient[:i] {
			return recipient[i+1:]
		}
	}
	prepend, _ := r.ofDomain(recipient[at+1:])
	rest, cut := strings.CutPrefix(recipient, prepend+"-")
	if prepend == "" || !cut || len(prepend) >= at || r.virtual.Has(rest) {
		return recipient
	}
	return rest
}
