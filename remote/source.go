package remote

import (
	"errors"
	"net/netip"
	"strings"

	"qmailkit/internal/control"
)

// Sources says which of this machine's addresses to send from: the address
// that control/domainbindings has for the sender's domain, or else the one
// that control/bindroutes has for the other side's address, or else
// control/outgoingip.
type Sources struct {
	domains [2][]binding
	routes  [2][]binding
	own     [2]netip.Addr
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
	key string
	own netip.Addr
}

var errAddress = errors.New("no IP address")

// loadSources reads the files in dir. Each may have a second one with a 6 at
// the end of its name; an address in either is used for its own kind.
func loadSources(dir control.Dir) (s Sources, err error) {
	for _, suffix := range []string{"", "6"} {
		if err := s.loadOwn(dir, "outgoingip"+suffix); err != nil {
			return s, err
		}
		if err := load(dir, "domainbindings"+suffix, &s.domains); err != nil {
			return s, err
		}
		if err := load(dir, "bindroutes"+suffix, &s.routes); err != nil {
			return s, err
		}
	}
	return s, nil
}

func (s *Sources) loadOwn(dir control.Dir, name string) error {
	line, ok, err := dir.Line(name)
	if !ok || err != nil || line == "" {
		return err
	}
	ip, ok := Literal(line)
	if !ok {
		return &control.Error{File: "control/" + name, Line: 1, Err: errAddress}
	}
	s.own[kind(ip)] = ip
	return nil
}

func load(dir control.Dir, name string, lists *[2][]binding) error {
	entries, _, err := dir.Entries(name)
	if err != nil {
		return err
	}
	for _, e := range entries {
		key, value, ok := cutBinding(e.Text)
		if !ok {
			continue
		}
		ip, ok := Literal(value)
		if !ok {
			return &control.Error{File: "control/" + name, Line: e.Line, Err: errAddress}
		}
		lists[kind(ip)] = append(lists[kind(ip)], binding{control.Fold(key), ip})
	}
	return nil
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
// not valid where the system is to choose, and whether it is the address of
// the sender's domain.
func (s *Sources) choose(sender string, ip netip.Addr) (own netip.Addr, domains bool) {
	k := kind(ip)
	if own, ok := forDomain(s.domains[k], domainOf(sender)); ok {
		return specified(own), own.IsValid() && !own.IsUnspecified()
	}
	if own, ok := forAddress(s.routes[k], ip.WithZone("").String()); ok {
		return specified(own), false
	}
	return specified(s.own[k]), false
}

// specified makes the address that stands for any, 0.0.0.0 or ::, none.
func specified(ip netip.Addr) netip.Addr {
	if ip.IsUnspecified() {
		return netip.Addr{}
	}
	return ip
}

func domainOf(sender string) string {
	return control.Fold(sender[strings.LastIndexByte(sender, '@')+1:])
}

// forDomain looks for domain, for its ends from each dot on, and for the empty
// domain. Of two entries with one key the later counts.
func forDomain(list []binding, domain string) (own netip.Addr, found bool) {
	best := -1
	for _, b := range list {
		whole := b.key == domain
		end := b.key == "" || b.key[0] == '.' && strings.HasSuffix(domain, b.key)
		if (whole || end) && len(b.key) >= best {
			best, own = len(b.key), b.own
		}
	}
	return own, best >= 0
}

// forAddress looks for the longest key that the address begins with, up to one
// of its dots or colons or to its end.
func forAddress(list []binding, address string) (own netip.Addr, found bool) {
	best := -1
	for _, b := range list {
		whole := b.key == address || b.key == ""
		start := strings.HasPrefix(address, b.key) && strings.HasSuffix(b.key, ".") || strings.HasPrefix(address, b.key) && strings.HasSuffix(b.key, ":")
		if (whole || start) && len(b.key) >= best {
			best, own = len(b.key), b.own
		}
	}
	return own, best >= 0
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
