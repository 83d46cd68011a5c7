package listen

import (
	"net/netip"
	"sync"

	"qmailkit/internal/control"
	"qmailkit/internal/sys"
)

// The variables of the environment, or of a rule, that limit connections.
const (
	maxLoad   = "MAXLOAD"   // hundredths of the load average of the last minute
	maxConnIP = "MAXCONNIP" // connections from one address
	maxConnC  = "MAXCONNC"  // connections from the 256 addresses around it; of IPv6, from its /64
	dieMsg    = "DIEMSG"    // what a client is told who is one too many
)

// census is how many connections there are from each address, and from each
// network.
type census struct {
	mu       sync.Mutex
	hosts    map[netip.Addr]int
	networks map[netip.Prefix]int
}

// place is a connection among those that were there when it came.
type place struct{ host, network int }

func network(ip netip.Addr) netip.Prefix {
	bits := 64
	if ip.Is4() {
		bits = 24
	}
	p, _ := ip.WithZone("").Prefix(bits)
	return p
}

// enter counts a connection.
func (c *census) enter(ip netip.Addr) place {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hosts == nil {
		c.hosts, c.networks = map[netip.Addr]int{}, map[netip.Prefix]int{}
	}
	c.hosts[ip]++
	c.networks[network(ip)]++
	return place{c.hosts[ip], c.networks[network(ip)]}
}

// leave is the end of one.
func (c *census) leave(ip netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.hosts[ip]--; c.hosts[ip] <= 0 {
		delete(c.hosts, ip)
	}
	if n := network(ip); c.networks[n] <= 1 {
		delete(c.networks, n)
	} else {
		c.networks[n]--
	}
}

// now is how many there are, of those that came before one at p and it.
func (c *census) now(ip netip.Addr, p place) place {
	c.mu.Lock()
	defer c.mu.Unlock()
	return place{min(p.host, c.hosts[ip]), min(p.network, c.networks[network(ip)])}
}

// exceeded names the limit that a connection at p is above, as the log tells
// it; "" for none. A limit that is no number is none.
func exceeded(p place, get func(name string) (string, bool)) string {
	above := func(name string, now func() (int, bool)) bool {
		text, set := get(name)
		limit, digits := control.LeadingInt(text)
		if !set || digits == 0 {
			return false
		}
		n, known := now()
		return known && n > limit
	}
	for _, l := range []struct {
		name string
		now  func() (int, bool)
	}{
		{maxLoad, sys.Load},
		{maxConnIP, func() (int, bool) { return p.host, true }},
		{maxConnC, func() (int, bool) { return p.network, true }},
	} {
		if above(l.name, l.now) {
			limit, _ := get(l.name)
			label := l.name
			if label == maxLoad {
				label = "LOAD" // as the log of the patch calls it
			}
			return label + ":" + Safe(limit)
		}
	}
	return ""
}

// Safe is what a log may show of s: 100 bytes, and a question mark for every
// byte that is not printable or means something to those who read logs.
func Safe(s string) string {
	const most = 100
	b := []byte(s[:min(len(s), most)])
	for i, c := range b {
		if c < 33 || c > 126 || c == '%' || c == ':' {
			b[i] = '?'
		}
	}
	if len(s) >= most {
		return string(b) + "..."
	}
	return string(b)
}
