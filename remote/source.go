package remote

import (
	"errors"
	"net/netip"
	"strings"

	"qmailkit/internal/control"
)

// Sources says which of this machine's addresses to send from, and what to
// call ourselves there: what control/senderip, control/domainips or
// control/domainbindings have for the sender's domain, or else what
// control/bindroutes has for the other side's address, or else
// control/outgoingip.
type Sources struct {
	senders [2][]binding
	domains [2][]binding
	routes  [2][]binding
	own     [2]binding
	names   map[netip.Addr]string // control/helohostbyip
}

// The two kinds of addresses.
const (
	four = iota
	six
)

func kind(ip netip.Addr) int {
	if ip.Is4() {
		return four
	}
	return six
}

// binding is one entry: a sender's domain, or the beginning of an address as
// text, and an address of ours.
type binding struct {
	key  string
	own  netip.Addr
	name string // for the greeting; "" is the usual one
	ours bool   // the sender's domain is the name for the greeting
}

var (
	errAddress = errors.New("no IP address")
	errName    = errors.New("no name for a greeting")
)

// loadSources reads the files in dir. Most may have a second one with a 6 at
// the end of its name; an address in either is used for its own kind.
func loadSources(dir Controls) (s Sources, err error) {
	for _, f := range []struct {
		name  string
		lists *[2][]binding
		parse func(key, value string) (binding, error)
	}{
		{"senderip", &s.senders, plain},
		{"domainips", &s.domains, parseDomainIP},
		{"domainbindings", &s.domains, bound}, {"domainbindings6", &s.domains, bound},
		{"bindroutes", &s.routes, plain}, {"bindroutes6", &s.routes, plain},
	} {
		if err := load(dir, f.name, f.lists, f.parse); err != nil {
			return s, err
		}
	}
	for _, name := range []string{"outgoingip", "outgoingip6"} {
		if err := s.loadOwn(dir, name); err != nil {
			return s, err
		}
	}
	return s, s.loadNames(dir)
}

func (s *Sources) loadOwn(dir Controls, name string) error {
	line, ok, err := dir.Line(name)
	if !ok || err != nil || line == "" {
		return err
	}
	own, err := plain("", line)
	if err != nil {
		return &control.Error{File: "control/" + name, Line: 1, Err: err}
	}
	if own.name, _, err = dir.Line(name + ".host"); err != nil {
		return err
	}
	if own.name != "" && !isHost(own.name) {
		return &control.Error{File: "control/" + name + ".host", Line: 1, Err: errName}
	}
	s.own[kind(own.own)] = own
	return nil
}

// loadNames reads control/helohostbyip, "address:name".
func (s *Sources) loadNames(dir Controls) error {
	entries, _, err := dir.Entries("helohostbyip")
	for _, e := range entries {
		key, name, ok := cutBinding(e.Text)
		if !ok {
			continue
		}
		ip, ok := Literal(key)
		switch {
		case !ok:
			return &control.Error{File: "control/helohostbyip", Line: e.Line, Err: errAddress}
		case !isHost(name):
			return &control.Error{File: "control/helohostbyip", Line: e.Line, Err: errName}
		case s.names == nil:
			s.names = map[netip.Addr]string{}
		}
		s.names[ip] = name
	}
	return err
}

func load(dir Controls, name string, lists *[2][]binding, parse func(key, value string) (binding, error)) error {
	entries, _, err := dir.Entries(name)
	for _, e := range entries {
		key, value, ok := cutBinding(e.Text)
		if !ok {
			continue
		}
		b, err := parse(control.Fold(key), value)
		if err != nil {
			return &control.Error{File: "control/" + name, Line: e.Line, Err: err}
		}
		lists[kind(b.own)] = append(lists[kind(b.own)], b)
	}
	return err
}

func plain(key, value string) (binding, error) {
	ip, ok := Literal(value)
	if !ok {
		return binding{}, errAddress
	}
	return binding{key: key, own: ip}, nil
}

// bound is a line of control/domainbindings: who sends from the address calls
// itself by the domain.
func bound(key, value string) (binding, error) {
	b, err := plain(key, value)
	b.ours = !b.own.IsUnspecified()
	return b, err
}

// parseDomainIP reads what stands behind the domain in control/domainips:
// "address", "address%interface", either with "|name" behind it. The domain
// "*" stands for all.
func parseDomainIP(key, value string) (binding, error) {
	address, name, named := strings.Cut(value, "|")
	if named && !isHost(name) {
		return binding{}, errName
	}
	if key == "*" {
		key = ""
	}
	if !strings.Contains(address, ":") {
		address, _, _ = strings.Cut(address, "%") // an interface is for IPv6 only
	}
	b, err := plain(key, address)
	b.name = name
	return b, err
}

// cutBinding splits an entry at its first colon, but for the key of an IPv6
// address in brackets: "[2001:db8:]:[2001:db8::1]".
func cutBinding(entry string) (key, value string, ok bool) {
	if strings.HasPrefix(entry, "[") {
		if key, value, ok = strings.Cut(entry[1:], "]:"); ok {
			return key, value, true
		}
	}
	return strings.Cut(entry, ":")
}

// choose returns the address to reach ip from for mail from sender, which is
// not valid where the system is to choose, and what to say in the greeting, ""
// for the usual name.
func (s *Sources) choose(sender string, ip netip.Addr) (own netip.Addr, name string) {
	k, domain := kind(ip), domainOf(sender)
	b, ok := forDomain(s.senders[k], domain, false)
	if !ok {
		b, ok = forDomain(s.domains[k], domain, true)
	}
	if !ok {
		b, ok = forAddress(s.routes[k], ip.WithZone("").String())
	}
	if !ok {
		b = s.own[k]
	}
	if b.ours && isHost(domain) {
		b.name = domain
	}
	if byIP, ok := s.names[b.own]; ok {
		b.name = byIP
	}
	if b.own.IsUnspecified() { // 0.0.0.0 and :: stand for any
		b.own = netip.Addr{}
	}
	return b.own, b.name
}

func domainOf(sender string) string {
	return control.Fold(sender[strings.LastIndexByte(sender, '@')+1:])
}

// forDomain looks for domain, and with ends for its ends from each dot on and
// for the empty domain too. Of two entries with one key the later counts.
func forDomain(list []binding, domain string, ends bool) (found binding, ok bool) {
	for _, b := range list {
		fits := b.key == domain
		if ends {
			fits = fits || b.key == "" || b.key[0] == '.' && strings.HasSuffix(domain, b.key)
		}
		if fits && (!ok || len(b.key) >= len(found.key)) {
			found, ok = b, true
		}
	}
	return found, ok
}

// forAddress looks for the longest key that the address begins with, up to one
// of its dots or colons or to its end.
func forAddress(list []binding, address string) (found binding, ok bool) {
	for _, b := range list {
		fits := b.key == address || b.key == "" ||
			strings.HasPrefix(address, b.key) && (strings.HasSuffix(b.key, ".") || strings.HasSuffix(b.key, ":"))
		if fits && (!ok || len(b.key) >= len(found.key)) {
			found, ok = b, true
		}
	}
	return found, ok
}

// isHost tells whether a domain may be said in a greeting.
func isHost(domain string) bool {
	if domain == "" || len(domain) > 253 {
		return false
	}
	for i := 0; i < len(domain); i++ {
		c := domain[i]
		if c|0x20-'a' >= 26 && c-'0' > 9 && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return true
}
