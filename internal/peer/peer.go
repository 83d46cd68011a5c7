// Package peer is the two ends of a TCP connection: how they are found, what
// can be learned of them, and how a program is told, tcp-environ(5).
package peer

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

// Lookups says what is to be learned of a connection from others.
type Lookups struct {
	Resolver *dns.Resolver
	Local    Name          // our name, where it is known already
	Remote   bool          // the other side's name
	Paranoid bool          // but only if its addresses are those of the connection
	Nameless bool          // an end that is known to have no name has the empty one, as for clients
	Ident    bool          // RemoteInfo
	Patience time.Duration // for that
}

// Learn asks name servers and the client's host. What they do not know, or do
// not say in time, stays unknown.
func (peer *Peer) Learn(l *Lookups) {
	peer.LocalHost = l.Local
	if !peer.LocalHost.Known {
		peer.LocalHost = l.hostName(peer.Local.Addr())
	}
	if l.Remote {
		name := l.hostName(peer.Remote.Addr())
		if name.Known && (!l.Paranoid || peer.belongs(l.Resolver, name.Text)) {
			peer.RemoteHost = name
		}
	}
	if l.Ident {
		peer.RemoteInfo.Text, peer.RemoteInfo.Known = owner(ident.Port, peer.Remote, peer.Local, l.Patience)
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

// hostName is the name of an address, in lower case.
func (l *Lookups) hostName(ip netip.Addr) Name {
	name, err := l.Resolver.PTR(ip.WithZone(""))
	if err != nil && !dns.Hard(err) || name == "" && !l.Nameless {
		return Name{}
	}
	return Name{hostText(name), true}
}

// hostText writes what no name of a host consists of as octal numbers.
func hostText(name string) string {
	const octal = "01234567"
	var b strings.Builder
	for _, c := range []byte(name) {
		switch {
		case c >= 'A' && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
			b.WriteByte(c)
		default:
			b.Write([]byte{'\\', octal[c>>6], octal[c>>3&7], octal[c&7]})
		}
	}
	return b.String()
}

// Name is a name that may not be known.
type Name struct {
	Text  string
	Known bool
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
	env.Set(prefix+"LOCALIP", Text(peer.Local.Addr(), mapped))
	env.Set(prefix+"LOCALPORT", strconv.Itoa(int(peer.Local.Port())))
	env.setName(prefix+"LOCALHOST", peer.LocalHost)
	env.Set(prefix+"REMOTEIP", Text(peer.Remote.Addr(), mapped))
	env.Set(prefix+"REMOTEPORT", strconv.Itoa(int(peer.Remote.Port())))
	env.setName(prefix+"REMOTEHOST", peer.RemoteHost)
}

// Text writes an address without its zone; with mapped, an IPv4 one as an IPv6
// one.
func Text(ip netip.Addr, mapped bool) string {
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
