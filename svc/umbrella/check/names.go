package check

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/remote"
)

// errLate ends the questions to the DNS.
var errLate = errors.New("the name servers have not answered in time")

// names asks the DNS what others see of this host. All of it together has
// Patience.
func (c *checker) names() {
	if c.Resolver == nil || c.me == "" {
		return
	}
	found := make(chan Finding, 1000)
	var mu sync.Mutex // over late, which ends the questions
	late := false
	err := cmd.Within(c.Patience, errLate, func() error {
		a := &asker{Resolver: c.Resolver, tell: func(f Finding) {
			mu.Lock()
			defer mu.Unlock()
			if !late && len(found) < cap(found) {
				found <- f
			}
		}}
		own, _ := c.Own()
		return a.ask(c, own)
	})
	mu.Lock()
	late = true
	mu.Unlock()
	for len(found) > 0 {
		c.report.Findings = append(c.report.Findings, <-found)
	}
	if err != nil {
		c.skip("names in the DNS", reason(err))
	}
}

// asker asks, in a goroutine of its own that may be left behind.
type asker struct {
	Resolver
	tell func(Finding)
}

// errNoResolver is a machine that cannot ask at all.
var errNoResolver = errors.New("no name server answers")

func (a *asker) ask(c *checker, own []netip.Addr) error {
	addrs, err := a.addresses(c.me)
	if err != nil && !dns.Hard(err) {
		return errNoResolver
	}
	me := c.path("control", "me")
	if len(addrs) == 0 {
		a.tell(Finding{"dns-me", true, me, c.me + " has no address in the DNS", "other hosts refuse mail from it, and bounces do not come back", "host " + quote(c.me)})
	}
	public := slices.ContainsFunc(own, func(ip netip.Addr) bool {
		return ip.IsGlobalUnicast() && !ip.IsPrivate()
	})
	ours := func(ip netip.Addr) bool { return slices.Contains(own, ip.Unmap()) || !public }
	if len(addrs) > 0 && !slices.ContainsFunc(addrs, ours) {
		a.tell(Finding{"dns-elsewhere", true, me, c.me + " is another host's name: " + addrs[0].String(), "mail for it goes there", "host " + quote(c.me) + "; ip address"})
	}
	if len(addrs) > 0 {
		a.reverse(c, me, addrs[0])
	}
	if helo, ok, err := c.dir.Line("helohost"); err == nil && ok && badHost(helo) == "" && !strings.HasPrefix(helo, "[") {
		if list, err := a.addresses(helo); len(list) == 0 && dns.Hard(err) {
			a.tell(Finding{"dns-helo", true, c.path("control", "helohost"), helo + " has no address in the DNS", "other hosts refuse mail from a host that calls itself so", "host " + quote(helo)})
		}
	}
	a.hosted(c, ours)
	a.relays(c)
	return nil
}

func (a *asker) addresses(name string) ([]netip.Addr, error) {
	v4, err := a.IPv4(name)
	v6, err6 := a.IPv6(name)
	if err == nil || dns.Hard(err) && !dns.Hard(err6) {
		err = err6
	}
	return append(v4, v6...), err
}

func (a *asker) reverse(c *checker, me string, ip netip.Addr) {
	if ip.IsPrivate() || ip.IsLoopback() {
		return
	}
	name, err := a.PTR(ip)
	switch {
	case dns.Hard(err):
		a.tell(Finding{"dns-ptr", true, me, ip.String() + " has no name in the DNS", "many hosts refuse mail from an address without one", "host " + ip.String()})
	case err == nil && control.Fold(name) != control.Fold(c.me):
		if list, _ := a.addresses(name); !slices.Contains(list, ip) {
			a.tell(Finding{"dns-ptr-other", true, me, ip.String() + " is called " + name + ", which has not got that address", "many hosts refuse mail from such an address", "host " + ip.String() + "; host " + quote(name)})
		}
	}
}

// most is how many domains are asked about.
const most = 200

// hosted asks where the world brings mail for what is delivered here.
func (a *asker) hosted(c *checker, ours func(netip.Addr) bool) {
	asked := 0
	for _, file := range []string{"locals", "virtualdomains"} {
		for _, e := range c.lines(file) {
			host, prefix, colon := strings.Cut(e.Text, ":")
			host = control.Fold(host[strings.LastIndexByte(host, '@')+1:])
			if host == "" || host[0] == '.' || badHost(host) != "" || !strings.Contains(host, ".") || colon && prefix == "" || strings.HasPrefix(host, "localhost.") || asked >= most {
				continue
			}
			asked++
			a.host(c, c.at(file, e.Line), host, ours)
		}
	}
}

func (a *asker) host(c *checker, where, host string, ours func(netip.Addr) bool) {
	list, err := a.MX(host)
	if err != nil && !dns.Hard(err) {
		return
	}
	if len(list) == 0 {
		addrs, err := a.addresses(host)
		if len(addrs) == 0 && dns.Hard(err) {
			a.tell(Finding{"dns-host", true, where, host + " has neither a mail exchanger nor an address in the DNS", "nobody else can send mail to it", "host -t mx " + quote(host)})
		} else if len(addrs) > 0 && !slices.ContainsFunc(addrs, ours) {
			a.tell(Finding{"dns-host-elsewhere", true, where, "mail for " + host + " goes to " + addrs[0].String(), "this host delivers what is for another", "host -t mx " + quote(host)})
		}
		return
	}
	reaches := false
	for _, mx := range list {
		addrs, err := a.addresses(mx.Host)
		if len(addrs) == 0 && dns.Hard(err) {
			a.tell(Finding{"dns-mx", true, where, "the mail exchanger " + mx.Host + " of " + host + " has no address", "mail for it may not find its way", "host " + quote(mx.Host)})
		}
		reaches = reaches || slices.ContainsFunc(addrs, ours) || err != nil && !dns.Hard(err)
	}
	if !reaches {
		a.tell(Finding{"dns-mx-elsewhere", false, where, "no mail exchanger of " + host + " is this host", "mail for it goes elsewhere, unless one of them brings it here", "host -t mx " + quote(host)})
	}
}

// relays asks for the hosts that mail is sent through.
func (a *asker) relays(c *checker) {
	for _, e := range c.lines("smtproutes") {
		_, text, _ := strings.Cut(e.Text, ":")
		route, err := remote.ParseRoute(text, remote.DefaultPort)
		if err != nil || route.Relay == "" || address(route.Relay) || badHost(route.Relay) != "" {
			continue
		}
		if list, err := a.addresses(route.Relay); len(list) == 0 && dns.Hard(err) {
			a.tell(Finding{"dns-relay", true, c.at("smtproutes", e.Line), route.Relay + " has no address in the DNS", "mail that goes through it waits until it is given up", "host " + quote(route.Relay)})
		}
	}
}
