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

// census is how many connections there are from each address.
type census struct {
	mu    sync.Mutex
	count map[netip.Addr]int
}

func (c *census) add(ip netip.Addr, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == nil {
		c.count = map[netip.Addr]int{}
	}
	if c.count[ip] += n; c.count[ip] == 0 {
		delete(c.count, ip)
	}
}

func (c *census) of(ip netip.Addr) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count[ip]
}

// around counts the connections from the network of ip.
func (c *census) around(ip netip.Addr) int {
	bits := 64
	if ip.Is4() {
		bits = 24
	}
	network, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	total := 0
	for other, n := range c.count {
		if network.Contains(other.WithZone("")) {
			total += n
		}
	}
	return total
}

// exceeded names the limit that a connection from ip, counted already, is
// above, as the log tells it; "" for none. A limit that is no number is none.
func (c *census) exceeded(ip netip.Addr, get func(name string) (string, bool)) string {
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
		{maxConnIP, func() (int, bool) { return c.of(ip), true }},
		{maxConnC, func() (int, bool) { return c.around(ip), true }},
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
