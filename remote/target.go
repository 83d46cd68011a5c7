package remote

import (
	"errors"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"

	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/ipme"
)

// A domain may list more exchangers and addresses than anybody wants to wait
// for: what is worse than so many is left out.
const (
	maxExchangers = 64
	maxTargets    = 256
)

// What can stand in the DNS in the place of an address for mail, besides the
// errors of package dns. Both are final.
var (
	ErrNullMX      = errors.New("the domain accepts no mail") // RFC 7505
	ErrNoExchanger = errors.New("no mail exchanger has an address")
)

// Target is an address to connect to.
type Target struct {
	IP         netip.Addr
	Preference int    // the lowest is the best
	Name       string // the host's, of an exchanger or a relay; "" for a bare address
}

// errMe is mail that only this machine should take, and does not know.
var errMe = errors.New("best exchanger is this machine")

// errLocal is a machine that cannot tell its addresses.
var errLocal = errors.New("own addresses unknown")

// targets returns the addresses to try for host, the best first.
func (e *Engine) targets(host string, route Route) ([]Target, error) {
	if route.fixed {
		return e.relayTargets(route.Relay)
	}
	local, err := e.Local()
	if err != nil {
		return nil, errLocal
	}
	list, err := Exchangers(e.Resolver, host, ipme.HasIPv6(local))
	if err != nil {
		return nil, err
	}
	mine, err := e.Mine()
	if err != nil {
		return nil, err
	}
	if list = betterThanMe(list, local, mine); len(list) == 0 {
		return nil, errMe
	}
	return list, nil
}

// relayTargets returns the addresses of a relay. It may be this machine: who
// names a route knows what is there.
func (e *Engine) relayTargets(relay string) ([]Target, error) {
	if ip, ok := Literal(relay); ok {
		return []Target{{IP: ip}}, nil
	}
	local, err := e.Local()
	if err != nil {
		return nil, errLocal
	}
	return addresses(e.Resolver, relay, ipme.HasIPv6(local))
}

// Exchangers returns the addresses that take mail for host, the best first,
// those of one preference in any order: host itself where it is an address,
// those of its mail exchangers, or its own where it has none. With ipv6 the
// IPv6 addresses of an exchanger come after its IPv4 addresses. The list is
// never empty. An error is ErrNullMX, ErrNoExchanger or one of package dns.
func Exchangers(r Resolver, host string, ipv6 bool) ([]Target, error) {
	if ip, ok := Literal(host); ok {
		return []Target{{IP: ip}}, nil
	}
	mx, err := r.MX(host)
	switch {
	case err != nil && !dns.Hard(err):
		return nil, err
	case len(mx) == 0:
		return addresses(r, host, ipv6)
	case len(mx) == 1 && mx[0].Host == "":
		return nil, ErrNullMX
	}
	// Exchangers of one preference share the load (RFC 5321 5.1).
	rand.Shuffle(len(mx), func(i, j int) { mx[i], mx[j] = mx[j], mx[i] })
	slices.SortStableFunc(mx, func(a, b dns.MX) int { return int(a.Preference) - int(b.Preference) })
	var list []Target
	var soft error
	for _, x := range mx[:min(len(mx), maxExchangers)] {
		ips, err := lookup(r, x.Host, ipv6)
		if err != nil && !dns.Hard(err) {
			soft = err
		}
		for _, ip := range ips {
			list = append(list, Target{ip, int(x.Preference), x.Host})
		}
	}
	switch {
	case len(list) == 0 && soft != nil:
		return nil, soft
	case len(list) == 0:
		return nil, ErrNoExchanger
	}
	return list[:min(len(list), maxTargets)], nil
}

// addresses returns the addresses of a host that needs no exchanger.
func addresses(r Resolver, host string, ipv6 bool) ([]Target, error) {
	ips, err := lookup(r, host, ipv6)
	if err != nil {
		return nil, err
	}
	if len(ips) == 0 {
		return nil, ErrNoExchanger
	}
	list := make([]Target, 0, len(ips))
	for _, ip := range ips[:min(len(ips), maxTargets)] {
		list = append(list, Target{IP: ip, Name: host})
	}
	return list, nil
}

// lookup returns the IPv4 addresses of host and, where there is use for them,
// the IPv6 ones after those. An error means that there is no address of either
// kind; it is hard only if none of either can ever be found.
func lookup(r Resolver, host string, ipv6 bool) ([]netip.Addr, error) {
	if ip, ok := Literal(host); ok {
		return []netip.Addr{ip}, nil
	}
	if !ipv6 {
		return r.IPv4(host)
	}
	type answer struct {
		list []netip.Addr
		err  error
	}
	six := make(chan answer, 1)
	go func() {
		list, err := r.IPv6(host)
		six <- answer{list, err}
	}()
	list, err := r.IPv4(host)
	a := <-six
	list = append(list, a.list...)
	switch {
	case len(list) > 0:
		return list, nil
	case err != nil && !dns.Hard(err):
		return nil, err
	case err == nil: // an alias of something without an IPv4 address
		return nil, nil
	}
	return nil, a.err
}

// betterThanMe leaves out this machine and the exchangers that it comes before
// or stands beside: they would hand the mail back.
func betterThanMe(list []Target, local []netip.Addr, mine Mine) []Target {
	me := 1 << 16
	for _, t := range list {
		if t.Preference < me && mine.Has(local, t.IP) {
			me = t.Preference
		}
	}
	return slices.DeleteFunc(list, func(t Target) bool { return t.Preference >= me })
}

// tag marks an IPv6 address in brackets (RFC 5321 4.1.3).
const tag = "IPv6:"

// Literal reads an address that stands for itself: 192.0.2.1, also in
// brackets, or an IPv6 address, in brackets with or without the tag IPv6:.
func Literal(s string) (netip.Addr, bool) {
	if strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]") {
		s = s[1 : len(s)-1]
		if len(s) > len(tag) && strings.EqualFold(s[:len(tag)], tag) {
			s = s[len(tag):]
		}
	}
	if strings.Contains(s, ":") {
		ip, err := netip.ParseAddr(s)
		return ip.Unmap(), err == nil
	}
	var b [4]byte
	for i := range b {
		n, digits := control.LeadingInt(s)
		if digits == 0 || n > 255 {
			return netip.Addr{}, false
		}
		b[i] = byte(n)
		s = s[digits:]
		if i < len(b)-1 {
			if s == "" || s[0] != '.' {
				return netip.Addr{}, false
			}
			s = s[1:]
		}
	}
	return netip.AddrFrom4(b), s == ""
}
