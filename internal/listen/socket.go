package listen

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"qmailkit/internal/dns"
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

// Addresses returns the addresses of host: one written as such, or those of a
// name. A name is looked up as IPv4, and only where it has no such address as
// IPv6; family turns that round, or leaves it at IPv4. An error that is no
// *ErrNoAddress may be gone later.
func Addresses(resolver *dns.Resolver, host string, family int) ([]netip.Addr, error) {
	if ip, err := netip.ParseAddr(host); err == nil && !(family == IPv4 && ip.Unmap().Is6()) {
		return []netip.Addr{ip.Unmap()}, nil
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

// addrPort is the reverse of Sockaddr; a zone is a number. An IPv4 address
// that is wrapped in an IPv6 one comes out unwrapped.
func addrPort(sa syscall.Sockaddr) netip.AddrPort {
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
	return addrPort(sa), os.NewSyscallError("getsockname", err)
}

// RemoteAddr is the other end's.
func RemoteAddr(fd int) (netip.AddrPort, error) {
	sa, err := syscall.Getpeername(fd)
	return addrPort(sa), os.NewSyscallError("getpeername", err)
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

// listenAt opens a socket for connections to addr. The error's system call
// tells what failed: socket, bind, getsockname or listen.
func listenAt(addr netip.AddrPort, backlog int) (fd int, at netip.AddrPort, err error) {
	family, sa := Sockaddr(addr)
	fd, err = Socket(family)
	if err != nil {
		return -1, at, err
	}
	if err = bind(fd, family, sa); err == nil {
		if at, err = LocalAddr(fd); err == nil {
			err = os.NewSyscallError("listen", syscall.Listen(fd, backlog))
		}
	}
	if err != nil {
		syscall.Close(fd)
		return -1, at, err
	}
	return fd, at, nil
}

// bind takes an address that connections of an earlier server still use. A
// socket for all IPv6 addresses takes IPv4 connections too, where the system
// lets it.
func bind(fd, family int, sa syscall.Sockaddr) error {
	syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if family == syscall.AF_INET6 {
		syscall.SetsockoptInt(fd, syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, 0)
	}
	return os.NewSyscallError("bind", syscall.Bind(fd, sa))
}

// become gives up the process's group and user where they are not 0. The
// error is ready to be said.
func become(gid, uid int) (what string, err error) {
	if gid != 0 {
		if err = syscall.Setgroups([]int{gid}); err == nil {
			err = syscall.Setgid(gid)
		}
		if err != nil {
			return "unable to set gid", err
		}
	}
	if uid != 0 {
		if err = syscall.Setuid(uid); err != nil {
			return "unable to set uid", err
		}
	}
	return "", nil
}

// tune does to a connection what the options say. That it fails is no reason
// to refuse a client.
func (o *Options) tune(fd int, remote netip.Addr) {
	if !o.KeepIP && remote.Is4() {
		syscall.SetsockoptString(fd, syscall.IPPROTO_IP, syscall.IP_OPTIONS, "")
	}
	if o.NoDelay {
		NoDelay(fd)
	}
}

// NoDelay makes a connection send what is written to it at once.
func NoDelay(fd int) { syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1) }
