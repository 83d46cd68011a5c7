//go:build !linux

package ipme

import (
	"net/netip"
	"os"
	"syscall"
)

// interfaces returns the addresses of the interfaces that are up.
func interfaces() ([]netip.Addr, error) {
	table, err := syscall.RouteRIB(syscall.NET_RT_IFLIST, 0)
	if err != nil {
		return nil, os.NewSyscallError("sysctl", err)
	}
	messages, err := syscall.ParseRoutingMessage(table)
	if err != nil {
		return nil, os.NewSyscallError("sysctl", err)
	}
	var list []netip.Addr
	up := false // the interface comes before its addresses
	for _, m := range messages {
		switch m := m.(type) {
		case *syscall.InterfaceMessage:
			up = m.Header.Flags&syscall.IFF_UP != 0
		case *syscall.InterfaceAddrMessage:
			if ip, ok := address(m); ok && up {
				list = append(list, ip)
			}
		}
	}
	return list, nil
}

func address(m *syscall.InterfaceAddrMessage) (ip netip.Addr, ok bool) {
	parts, err := syscall.ParseRoutingSockaddr(m)
	if err != nil || len(parts) <= syscall.RTAX_IFA {
		return ip, false
	}
	switch sa := parts[syscall.RTAX_IFA].(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrFrom4(sa.Addr), true
	case *syscall.SockaddrInet6:
		ip = netip.AddrFrom16(sa.Addr)
		if ip.IsLinkLocalUnicast() { // the kernel keeps the interface's number in it
			sa.Addr[2], sa.Addr[3] = 0, 0
			ip = netip.AddrFrom16(sa.Addr)
		}
		return ip, true
	}
	return ip, false
}
