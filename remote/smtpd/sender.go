package smtpd

import (
	"strings"

	"qmailkit/internal/dns"
)

const (
	replyNoDomain   = "553 sorry, your envelope sender domain must exist (#5.7.1)"
	replyNoSender   = "553 sorry, your envelope sender must exist (#5.7.1)"
	replyNoDNS      = "451 DNS temporary failure (#4.3.0)"
	doubleBounce    = "#@[]" // the sender of bounces of bounces
	logMFCheckFails = 2      // from this MFCHECK on the log is told of senders that fail
	logMFCheckAll   = 3      // and from this on of all
)

// sender has the domains of senders looked up: MFCHECK or control/mfcheck
// (jms1) and RETURNMXCHECK (qmail-ldap) for everybody, MFDNSCHECK (s/qmail) for
// clients that may not relay.
func (l *loader) sender() error {
	level, err := l.number("mfcheck", "MFCHECK")
	if err != nil {
		return err
	}
	if _, set := l.p.LookupEnv("RETURNMXCHECK"); set {
		level = max(level, 1)
	}
	if level > 0 {
		resolver := l.dns()
		l.policy.OnMail = append(l.policy.OnMail, func(c *Client, sender string) string {
			return mfcheck(resolver, c, sender, level)
		})
	}
	if _, set := l.p.LookupEnv("MFDNSCHECK"); set {
		resolver := l.dns()
		l.policy.OnSender = append(l.policy.OnSender, func(c *Client, sender string) string {
			if c.Relay {
				return ""
			}
			return existing(resolver, sender, replyNoSender)
		})
	}
	return nil
}

func mfcheck(r Resolver, c *Client, sender string, level int) string {
	reply := existing(r, sender, replyNoDomain)
	_, domain, _ := strings.Cut(sender, "@")
	switch {
	case reply != "" && level >= logMFCheckFails:
		c.say("MFCHECK fail [" + c.Peer.RemoteIP + "] " + domain)
	case reply == "" && level >= logMFCheckAll:
		c.say("MFCHECK pass [" + c.Peer.RemoteIP + "] " + domain)
	}
	return reply
}

// existing returns the objection to a sender whose domain takes no mail: there
// is no way to send a bounce. absent is the reply for one that is known not to.
func existing(r Resolver, sender, absent string) string {
	if sender == "" || sender == doubleBounce {
		return ""
	}
	at := strings.LastIndexByte(sender, '@')
	if at < 0 {
		return absent
	}
	domain := sender[at+1:]
	if strings.HasPrefix(domain, "[") {
		if _, ok := parseLiteral(domain); ok {
			return ""
		}
		return absent
	}
	switch found, err := takesMail(r, domain); {
	case err != nil:
		return replyNoDNS
	case !found:
		return absent
	}
	return ""
}

// takesMail tells whether a domain has an exchanger, or stands for one itself
// (RFC 5321 5.1, RFC 7505).
func takesMail(r Resolver, domain string) (bool, error) {
	list, err := r.MX(domain)
	switch {
	case err != nil && !dns.Hard(err):
		return false, err
	case len(list) == 1:
		return list[0].Host != "", nil
	case len(list) > 1:
		return true, nil
	}
	return hasAddress(r, domain)
}

// hasAddress tells whether a host has an address of either kind.
func hasAddress(r Resolver, host string) (bool, error) {
	four, err := r.IPv4(host)
	if err != nil && !dns.Hard(err) || len(four) > 0 {
		return len(four) > 0, softly(err)
	}
	six, err := r.IPv6(host)
	return len(six) > 0, softly(err)
}

// softly keeps of an error what leaves a question open.
func softly(err error) error {
	if dns.Hard(err) {
		return nil
	}
	return err
}
