package smtpd

import (
	"net/netip"
	"strings"

	"qmailkit/internal/control"
	"qmailkit/internal/dns"
)

const (
	replyNoHelo    = "553 sorry, you have not said HELO (#5.7.1)"
	replyGarbled   = "553 sorry, malformed HELO/EHLO hostname (#5.7.1)"
	replyNoHost    = "553 sorry, invalid host name in HELO/EHLO command (#5.7.1)"
	replyOurName   = "553 sorry, HELO/EHLO hostname is mine (#5.7.1)"
	replyOtherHost = "553 sorry, your HELO/EHLO hostname does not fit your IP (#5.7.1)"
)

// helo loads s/qmail's HELOCHECK, whose forms besides the empty one ask for
// more than control/badhelo does, and HELO_DNS_CHECK of the plugin for
// qmail-spp.
func (l *loader) helo() error {
	p := l.policy
	form, set := l.p.LookupEnv("HELOCHECK")
	if !set && p.BadHelos != nil && p.BadHelos.dialect == Tagged {
		// s/qmail reads the file for HELOCHECK alone.
		p.BadHelos = nil
		p.Ignored = append(p.Ignored, "control/badhelo without the variable HELOCHECK")
	}
	if set {
		resolver := l.dns()
		p.OnHelo = append(p.OnHelo, func(c *Client, name string) string {
			if c.Relay {
				return ""
			}
			return helocheck(resolver, c, form, name)
		})
		if form == "!" {
			p.BadHelos, p.BadHelosNoRelay = nil, nil
		}
	}
	letters, set := l.p.LookupEnv("HELO_DNS_CHECK")
	if _, skip := l.p.LookupEnv("NOHELODNSCHECK"); !set || skip {
		return nil
	}
	if letters == "" {
		letters = defaultHeloLetters
	}
	mine, _, err := l.dir.Lines("moreipme")
	if err != nil {
		return err
	}
	d := heloDNS{l.dns(), letters, mine}
	p.OnHelo = append(p.OnHelo, d.check)
	return nil
}

// helocheck obeys the form of HELOCHECK: "=" wants the name of the host that
// the client has in the DNS, "A" a name with an address, "M" one that takes
// mail, "." and "!" any.
func helocheck(r Resolver, c *Client, form, name string) string {
	if len(form) == 1 && !c.Greeted {
		return replyNoHelo
	}
	look := hasAddress
	switch form {
	case "=":
		if !strings.EqualFold(name, c.Peer.RemoteHost) {
			return replyDeniedBy
		}
		return ""
	case ".", "!":
		if name == "" {
			return replyDeniedBy
		}
		return ""
	case "M":
		look = takesMail
	case "A":
	default:
		return ""
	}
	name = strings.TrimSuffix(name, " ")
	if name == "" {
		return replyDeniedBy
	}
	switch found, err := look(r, name); {
	case err != nil:
		return replyNoDNS
	case !found:
		return replyDeniedBy
	}
	return ""
}

// defaultHeloLetters are what an empty HELO_DNS_CHECK stands for.
const defaultHeloLetters = "GNLR"

// heloDNS is the plugin's policy: G refuses names that no host can have, A
// those without an address, N those of this host, B those whose addresses are
// not the client's. R spares clients that may relay, L and D tell the log, and
// with P that is all that is done.
type heloDNS struct {
	resolver Resolver
	letters  string
	mine     []string // control/moreipme
}

func (d heloDNS) has(letters string) bool { return strings.ContainsAny(d.letters, letters) }

func (d heloDNS) check(c *Client, name string) string {
	ip, err := netip.ParseAddr(c.Peer.RemoteIP)
	if err != nil || d.has("R") && c.Relay {
		return ""
	}
	reply := d.judge(c, name, ip.Unmap())
	if reply != "" && d.has("LD") {
		c.say("helo-dns-check: HELO [" + name + "] from [" + c.Peer.RemoteIP + "]: " + reply)
	}
	if d.has("P") {
		return ""
	}
	return reply
}

func (d heloDNS) judge(c *Client, name string, ip netip.Addr) string {
	if d.has("GAB") && !hostName(name) {
		return replyGarbled
	}
	if !d.has("ANB") {
		return ""
	}
	look := d.resolver.IPv4
	if ip.Is6() {
		look = d.resolver.IPv6
	}
	list, err := look(name)
	if err != nil && !dns.Hard(err) {
		return "" // as good as none: the plugin lets it go
	}
	if len(list) == 0 && d.has("AB") {
		if found, err := hasAddress(d.resolver, name); err == nil && !found {
			return replyNoHost
		}
	}
	if d.has("N") && !c.Relay && (control.Fold(name) == "localhost" || d.ours(list)) {
		return replyOurName
	}
	if d.has("B") && len(list) > 0 && !contains(list, ip) {
		return replyOtherHost
	}
	return ""
}

// ours tells whether one of the addresses is in control/moreipme, whose
// networks do not count here.
func (d heloDNS) ours(list []netip.Addr) bool {
	for _, line := range d.mine {
		if own, err := netip.ParseAddr(line); err == nil && contains(list, own.Unmap()) {
			return true
		}
	}
	return false
}

func contains(list []netip.Addr, ip netip.Addr) bool {
	for _, a := range list {
		if a.Unmap() == ip {
			return true
		}
	}
	return false
}

// hostName tells whether name is the full name of a host (RFC 1123 2.1): labels
// of letters, digits and hyphens, the last of letters alone.
func hostName(name string) bool {
	name = strings.TrimSuffix(name, ".")
	if len(name) > 253 {
		return false
	}
	labels := strings.Split(name, ".")
	if len(labels) < 2 {
		return false
	}
	for i, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, c := range []byte(control.Fold(label)) {
			letter := c-'a' < 26
			if !letter && (i == len(labels)-1 || c-'0' > 9 && c != '-') {
				return false
			}
		}
	}
	return len(labels[len(labels)-1]) > 1
}
