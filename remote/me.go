package remote

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"qmailkit/internal/control"
)

// Mine corrects what the system knows of this machine's addresses:
// control/moreipme holds addresses and networks that are this machine's too,
// control/notipme those that are not.
type Mine struct{ more, not []netip.Prefix }

var errNetwork = errors.New("neither an IP address nor a network")

// LoadMine reads the two files in dir.
func LoadMine(dir Controls) (m Mine, err error) {
	if m.more, err = networks(dir, "moreipme"); err != nil {
		return m, err
	}
	m.not, err = networks(dir, "notipme")
	return m, err
}

func networks(dir Controls, name string) (list []netip.Prefix, err error) {
	entries, _, err := dir.Entries(name)
	for _, e := range entries {
		n, ok := parseNetwork(e.Text)
		if !ok {
			return nil, &control.Error{File: "control/" + name, Line: e.Line, Err: errNetwork}
		}
		list = append(list, n)
	}
	return list, err
}

// parseNetwork reads "192.0.2.1", "192.0.2.0/255.255.255.0", "192.0.2.0/24",
// "2001:db8::1" or "2001:db8::/32".
func parseNetwork(s string) (netip.Prefix, bool) {
	address, mask, masked := strings.Cut(s, "/")
	ip, ok := Literal(address)
	if !ok {
		return netip.Prefix{}, false
	}
	bits := ip.BitLen()
	if m, dotted := Literal(mask); dotted && m.Is4() && ip.Is4() {
		bits = prefixLength(m)
	} else if masked {
		n, err := strconv.Atoi(mask)
		if err != nil {
			return netip.Prefix{}, false
		}
		bits = n
	}
	n, err := ip.Prefix(bits)
	return n, err == nil
}

// prefixLength counts the ones that a mask begins with; -1 is no mask.
func prefixLength(mask netip.Addr) int {
	b := mask.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	ones := 0
	for ; n&(1<<31) != 0; n <<= 1 {
		ones++
	}
	if n != 0 {
		return -1
	}
	return ones
}

// Has tells whether ip is this machine's, whose interfaces have the addresses
// local. The longest network that ip is in counts; an address of an interface
// is one by itself; of two of the same length control/notipme's counts.
func (m Mine) Has(local []netip.Addr, ip netip.Addr) bool {
	ip = ip.WithZone("")
	yes := longest(m.more, ip)
	for _, l := range local {
		if l == ip {
			yes = ip.BitLen()
		}
	}
	return yes > longest(m.not, ip)
}

func longest(list []netip.Prefix, ip netip.Addr) int {
	best := -1
	for _, n := range list {
		if n.Contains(ip) {
			best = max(best, n.Bits())
		}
	}
	return best
}
