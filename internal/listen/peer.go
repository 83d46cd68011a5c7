package listen

import (
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"qmailkit/internal/dns"
	"qmailkit/internal/ident"
)

// Peer is what is known of the two ends of a connection.
type Peer struct {
	Local, Remote         netip.AddrPort
	LocalHost, RemoteHost Name
	RemoteInfo            Name // what the other side's ident server says, RFC 1413
}

// lookups says what Peer is to learn from others.
type lookups struct {
	resolver *dns.Resolver
	local    Name // known already
	remote   bool
	paranoid bool
	ident    bool
	patience time.Duration // for ident
}

// learn asks name servers and the client's host. What they do not know, or do
// not say in time, stays unknown.
func (peer *Peer) learn(l *lookups) {
	peer.LocalHost = l.local
	if !peer.LocalHost.Known {
		peer.LocalHost = HostName(l.resolver, peer.Local.Addr())
	}
	if l.remote {
		name := HostName(l.resolver, peer.Remote.Addr())
		if name.Known && (!l.paranoid || peer.belongs(l.resolver, name.Text)) {
			peer.RemoteHost = name
		}
	}
	if l.ident {
		peer.RemoteInfo.Text, peer.RemoteInfo.Known = ident.Ask(peer.Remote, peer.Local, l.patience)
	}
}

// belongs tells whether the client's address is one of name's.
func (peer *Peer) belongs(resolver *dns.Resolver, name string) bool {
	ip := peer.Remote.Addr().WithZone("")
	lookup := resolver.IPv4
	if ip.Is6() {
		lookup = resolver.IPv6
	}
	list, err := lookup(name)
	return err == nil && slices.Contains(list, ip)
}

// HostName is the name of an address, in lower case.
func HostName(resolver *dns.Resolver, ip netip.Addr) Name {
	name, err := resolver.PTR(ip.WithZone(""))
	if err != nil || name == "" {
		return Name{}
	}
	return Name{hostText(name), true}
}

// hostText writes what no name of a host consists of as octal numbers.
func hostText(name string) string {
	const octal = "01234567"
	var b strings.Builder
	for _, c := range []byte(strings.ToLower(name)) {
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
			b.WriteByte(c)
		default:
			b.Write([]byte{'\\', octal[c>>6], octal[c>>3&7], octal[c&7]})
		}
	}
	return b.String()
}

// Protocol is what PROTO says of a connection over TCP; mapped is -6.
func (peer *Peer) Protocol(mapped bool) string {
	if mapped || peer.Remote.Addr().Is6() {
		return "TCP6"
	}
	return "TCP"
}

// Variables sets the variables of tcp-environ(5) whose names begin with
// prefix; what is not known is unset. Those of an IPv6 connection are there
// under prefix and 6 as well. With mapped, IPv4 addresses are written as IPv6
// ones.
func (peer *Peer) Variables(env *Env, prefix string, mapped bool) {
	peer.variables(env, prefix, mapped)
	env.setName(prefix+"REMOTEINFO", peer.RemoteInfo)
	env.Unset(prefix + "6INTERFACE")
	if !mapped && !peer.Remote.Addr().Is6() {
		for _, name := range peerNames {
			env.Unset(prefix + "6" + name)
		}
		return
	}
	peer.variables(env, prefix+"6", mapped)
	if zone := peer.Remote.Addr().Zone(); zone != "" {
		env.Set(prefix+"6INTERFACE", interfaceName(zone))
	}
}

var peerNames = [...]string{"LOCALIP", "LOCALPORT", "LOCALHOST", "REMOTEIP", "REMOTEPORT", "REMOTEHOST"}

func (peer *Peer) variables(env *Env, prefix string, mapped bool) {
	env.Set(prefix+"LOCALIP", ipText(peer.Local.Addr(), mapped))
	env.Set(prefix+"LOCALPORT", strconv.Itoa(int(peer.Local.Port())))
	env.setName(prefix+"LOCALHOST", peer.LocalHost)
	env.Set(prefix+"REMOTEIP", ipText(peer.Remote.Addr(), mapped))
	env.Set(prefix+"REMOTEPORT", strconv.Itoa(int(peer.Remote.Port())))
	env.setName(prefix+"REMOTEHOST", peer.RemoteHost)
}

func ipText(ip netip.Addr, mapped bool) string {
	if mapped && ip.Is4() {
		return "::ffff:" + ip.String()
	}
	return ip.WithZone("").String()
}

func interfaceName(zone string) string {
	if n, err := strconv.Atoi(zone); err == nil {
		if i, err := net.InterfaceByIndex(n); err == nil {
			return i.Name
		}
	}
	return zone
}

// Env is changes to an environment. The last change of a name counts.
type Env struct {
	names  map[string]int // where in values
	values []string       // NAME=VALUE, or NAME alone that is to be unset
}

// Set gives a variable a value.
func (e *Env) Set(name, value string) { e.change(name, name+"="+value) }

// Unset removes a variable.
func (e *Env) Unset(name string) { e.change(name, name) }

func (e *Env) setName(name string, value Name) {
	if value.Known {
		e.Set(name, value.Text)
	} else {
		e.Unset(name)
	}
}

func (e *Env) change(name, value string) {
	if e.names == nil {
		e.names = make(map[string]int, 24)
	}
	if at, is := e.names[name]; is {
		e.values[at] = value
		return
	}
	e.names[name] = len(e.values)
	e.values = append(e.values, value)
}

// Get returns a variable's value after the changes, where base is what they
// are made to.
func (e *Env) Get(base []string, name string) (value string, set bool) {
	if at, is := e.names[name]; is {
		_, value, set = strings.Cut(e.values[at], "=")
		return value, set
	}
	for _, v := range base {
		if n, value, ok := strings.Cut(v, "="); ok && n == name {
			return value, true
		}
	}
	return "", false
}

// Of returns base with the changes made.
func (e *Env) Of(base []string) []string {
	list := make([]string, 0, len(base)+len(e.values))
	for _, v := range base {
		name, _, _ := strings.Cut(v, "=")
		if _, changed := e.names[name]; !changed {
			list = append(list, v)
		}
	}
	for _, v := range e.values {
		if strings.Contains(v, "=") {
			list = append(list, v)
		}
	}
	return list
}
