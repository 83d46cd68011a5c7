package ipme

import (
	"net/netip"
	"os"
	"syscall"
	"unsafe"
)

// interfaces returns the addresses of the interfaces that are up.
func interfaces() ([]netip.Addr, error) {
	up, err := upInterfaces()
	if err != nil {
		return nil, err
	}
	messages, err := netlink(syscall.RTM_GETADDR)
	if err != nil {
		return nil, err
	}
	var list []netip.Addr
	for i := range messages {
		m := &messages[i]
		if m.Header.Type != syscall.RTM_NEWADDR || len(m.Data) < syscall.SizeofIfAddrmsg {
			continue
		}
		if !up[(*syscall.IfAddrmsg)(unsafe.Pointer(&m.Data[0])).Index] {
			continue
		}
		ip, err := address(m)
		if err != nil {
			return nil, err
		}
		if ip.IsValid() {
			list = append(list, ip)
		}
	}
	return list, nil
}

// address is the interface's own: of the two ends of a point-to-point link the
// one that is called local.
func address(m *syscall.NetlinkMessage) (ip netip.Addr, err error) {
	attributes, err := syscall.ParseNetlinkRouteAttr(m)
	if err != nil {
		return ip, os.NewSyscallError("netlink", err)
	}
	for _, a := range attributes {
		if a.Attr.Type == syscall.IFA_LOCAL || a.Attr.Type == syscall.IFA_ADDRESS && !ip.IsValid() {
			ip, _ = netip.AddrFromSlice(a.Value)
		}
	}
	return ip, nil
}

func upInterfaces() (map[uint32]bool, error) {
	messages, err := netlink(syscall.RTM_GETLINK)
	if err != nil {
		return nil, err
	}
	up := map[uint32]bool{}
	for _, m := range messages {
		if m.Header.Type != syscall.RTM_NEWLINK || len(m.Data) < syscall.SizeofIfInfomsg {
			continue
		}
		link := (*syscall.IfInfomsg)(unsafe.Pointer(&m.Data[0]))
		up[uint32(link.Index)] = link.Flags&syscall.IFF_UP != 0
	}
	return up, nil
}

func netlink(what int) ([]syscall.NetlinkMessage, error) {
	table, err := syscall.NetlinkRIB(what, syscall.AF_UNSPEC)
	if err != nil {
		return nil, os.NewSyscallError("netlink", err)
	}
	messages, err := syscall.ParseNetlinkMessage(table)
	return messages, os.NewSyscallError("netlink", err)
}
