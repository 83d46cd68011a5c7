// Package dns asks the name servers that the machine is configured with, and
// keeps apart what mail must keep apart: "there is no such name" and "nobody
// could tell". The first bounces a message, the second makes it wait.
//
// It behaves as libresolv does: servers, time-outs and tries of
// resolv.conf(5), UDP first, TCP for an answer that was cut. /etc/hosts plays
// no part, as it never did for mail.
package dns

import (
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"
)

// The defaults and limits of resolv.conf(5).
const (
	resolvConf = "/etc/resolv.conf"
	port       = 53

	maxServers      = 3
	maxSearch       = 32
	maxConf         = 1 << 20 // bytes of the file
	defaultTimeout  = 5
	defaultAttempts = 2
	defaultNdots    = 1
	maxTimeout      = 30
	maxAttempts     = 5
	maxNdots        = 15
)

// Config says whom to ask and how.
type Config struct {
	Servers  []netip.AddrPort // asked in this order, at least one
	Timeout  time.Duration    // for an answer of the first server; later ones get more, as in libresolv
	Attempts int              // rounds through all servers
	Ndots    int              // a name with as many dots is tried as it stands before it is searched
	Search   []string         // the domains that Search appends
	Rotate   bool             // begin with any server
	TCP      bool             // never use UDP
}

// system reads /etc/resolv.conf and the variables that libresolv obeys,
// RES_OPTIONS and LOCALDOMAIN, and DNSCACHEIP, which the programs of ucspi-tcp
// obey: addresses of servers to ask instead.
func system(getenv func(string) string) Config {
	var text []byte
	if f, err := os.Open(resolvConf); err == nil {
		text = make([]byte, 8192)
		n := 0
		for n < maxConf {
			if n == len(text) {
				text = append(text, make([]byte, len(text))...)
			}
			m, err := f.Read(text[n:])
			n += m
			if err != nil {
				break
			}
		}
		text = text[:n]
		f.Close()
	}
	c := parse(string(text))
	if v := getenv("LOCALDOMAIN"); v != "" {
		c.Search = searchList(strings.Fields(v))
	}
	c.options(strings.Fields(getenv("RES_OPTIONS")))
	if servers := addresses(strings.Fields(getenv("DNSCACHEIP"))); servers != nil {
		c.Servers = servers
	}
	return c
}

// parse reads the text of a resolv.conf. What it does not know it skips.
func parse(text string) Config {
	c := Config{Timeout: defaultTimeout * time.Second, Attempts: defaultAttempts, Ndots: defaultNdots}
	for _, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) < 2 || strings.IndexByte("#;", line[0]) >= 0 {
			continue
		}
		switch words[0] {
		case "nameserver":
			if len(c.Servers) < maxServers {
				c.Servers = append(c.Servers, addresses(words[1:2])...)
			}
		case "domain":
			c.Search = searchList(words[1:2])
		case "search":
			c.Search = searchList(words[1:])
		case "options":
			c.options(words[1:])
		}
	}
	if c.Servers == nil {
		c.Servers = []netip.AddrPort{netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port)}
	}
	return c
}

func addresses(words []string) (servers []netip.AddrPort) {
	for _, w := range words {
		if ip, err := netip.ParseAddr(w); err == nil && len(servers) < maxServers {
			servers = append(servers, netip.AddrPortFrom(ip, port))
		}
	}
	return servers
}

func searchList(words []string) []string {
	if len(words) > maxSearch {
		words = words[:maxSearch]
	}
	return words
}

func (c *Config) options(words []string) {
	for _, w := range words {
		name, value, _ := strings.Cut(w, ":")
		n, err := strconv.Atoi(value)
		known := err == nil && n >= 0
		switch {
		case name == "timeout" && known:
			c.Timeout = time.Duration(max(1, min(n, maxTimeout))) * time.Second
		case name == "attempts" && known:
			c.Attempts = max(1, min(n, maxAttempts))
		case name == "ndots" && known:
			c.Ndots = min(n, maxNdots)
		case w == "rotate":
			c.Rotate = true
		case w == "use-vc":
			c.TCP = true
		}
	}
}

// wait is how long the server at index i of the list gets for its answer: the
// first the whole time-out, each later one double that before, shared between
// all.
func (c *Config) wait(i int) time.Duration {
	t := c.Timeout << i
	if i > 0 {
		t /= time.Duration(len(c.Servers))
	}
	return max(t, min(c.Timeout, time.Second))
}
