package peer

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"

	"qmailkit/internal/dns"
)

// Which addresses are wanted.
const (
	AnyFamily = 0
	IPv4      = 4
	IPv6      = 6
)

// ErrNoAddress is a host that has no address.
type ErrNoAddress struct{ Host string }

func (e *ErrNoAddress) Error() string { return "no IP address for " + e.Host }

// Port returns the number of a TCP port, which may be a name of services(5).
func Port(s string) (uint16, bool) {
	if n, err := strconv.ParseUint(s, 10, 16); err == nil {
		return uint16(n), true
	}
	if s == "" || s[0]-'0' <= 9 || s[0] == '-' || s[0] == '+' {
		return 0, false
	}
	n, err := net.LookupPort("tcp", s)
	return uint16(n), err == nil
}

// dotted returns the addresses that host spells out: numbers and dots, leading
// zeros and all, four numbers an address, and brackets that count for nothing.
// It returns false where there is anything else, or no dot, and no address where
// a number is none of an address.
func dotted(host string) (list []netip.Addr, ok bool) {
	other := func(c rune) bool { return !strings.ContainsRune("0123456789.[]", c) }
	if strings.ContainsFunc(host, other) || !strings.Contains(host, ".") {
		return nil, false
	}
	numbers := strings.Split(strings.NewReplacer("[", "", "]", "").Replace(host), ".")
	for ; len(numbers) >= 4; numbers = numbers[4:] {
		var ip [4]byte
		for i := range ip {
			n, err := strconv.ParseUint("0"+numbers[i], 10, 8)
			if err != nil {
				return nil, true
			}
			ip[i] = byte(n)
		}
		list = append(list, netip.AddrFrom4(ip))
	}
	return list, true
}

// Addresses returns the addresses of host: those written as such, or those of a
// name. A name is looked up as IPv4, and only where it has no such address as
// IPv6; family turns that round, or leaves it at IPv4. An error that is no
// *ErrNoAddress may be gone later.
func Addresses(resolver *dns.Resolver, host string, family int) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil && !(family == IPv4 && ip.Unmap().Is6()) {
		return []netip.Addr{ip.Unmap()}, nil
	}
	if list, ok := dotted(host); len(list) > 0 {
		return list, nil
	} else if ok {
		return nil, &ErrNoAddress{host}
	}
	lookups := []func(string) ([]netip.Addr, error){resolver.Search, resolver.IPv6}
	switch family {
	case IPv4:
		lookups = lookups[:1]
	case IPv6:
		lookups[0], lookups[1] = lookups[1], lookups[0]
	}
	for _, lookup := range lookups {
		list, err := lookup(host)
		if err != nil && !dns.Hard(err) {
			return nil, err
		}
		if len(list) > 0 {
			return list, nil
		}
	}
	return nil, &ErrNoAddress{host}
}

// Sockaddr is addr for the system. A zone is a number, or the name of an
// interface.
func Sockaddr(addr netip.AddrPort) (family int, sa syscall.Sockaddr) {
	ip := addr.Addr()
	if ip.Is4() {
		return syscall.AF_INET, &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: ip.As4()}
	}
	return syscall.AF_INET6, &syscall.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16(), ZoneId: zone(ip.Zone())}
}

func zone(name string) uint32 {
	if name == "" {
		return 0
	}
	if n, err := strconv.ParseUint(name, 10, 32); err == nil {
		return uint32(n)
	}
	if i, err := net.InterfaceByName(name); err == nil {
		return uint32(i.Index)
	}
	return 0
}

// FromSockaddr is the reverse of Sockaddr; a zone is a number. An IPv4 address
// that is wrapped in an IPv6 one comes out unwrapped.
func FromSockaddr(sa syscall.Sockaddr) netip.AddrPort {
	switch a := sa.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))
	case *syscall.SockaddrInet6:
		ip := netip.AddrFrom16(a.Addr).Unmap()
		if a.ZoneId != 0 {
			ip = ip.WithZone(strconv.Itoa(int(a.ZoneId)))
		}
		return netip.AddrPortFrom(ip, uint16(a.Port))
	}
	return netip.AddrPort{}
}

// LocalAddr is this end's address of a socket.
func LocalAddr(fd int) (netip.AddrPort, error) {
	sa, err := syscall.Getsockname(fd)
	return FromSockaddr(sa), os.NewSyscallError("getsockname", err)
}

// RemoteAddr is the other end's.
func RemoteAddr(fd int) (netip.AddrPort, error) {
	sa, err := syscall.Getpeername(fd)
	return FromSockaddr(sa), os.NewSyscallError("getpeername", err)
}

// Socket makes a socket of family that no child inherits.
func Socket(family int) (fd int, err error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fd, err = syscall.Socket(family, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	return fd, os.NewSyscallError("socket", err)
}
