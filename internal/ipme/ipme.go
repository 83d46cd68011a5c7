// Package ipme knows which addresses are this machine's own, so that mail is
// not sent to where it comes from.
package ipme

import "net/netip"

// Addrs returns the addresses by which this machine may be reached: 0.0.0.0,
// the IPv4 addresses of the interfaces that are up, then, after ::, the IPv6
// ones. Zones are left out.
func Addrs() ([]netip.Addr, error) {
	found, err := interfaces()
	if err != nil {
		return nil, err
	}
	// "This host on this network", RFC 1122 3.2.1.3.
	list := []netip.Addr{netip.IPv4Unspecified()}
	for _, ip := range found {
		if ip.Is4() {
			list = append(list, ip)
		}
	}
	list = append(list, netip.IPv6Unspecified())
	for _, ip := range found {
		if !ip.Is4() {
			list = append(list, ip)
		}
	}
	return list, nil
}

// HasIPv6 tells whether one of the addresses in list can be used to talk to
// the rest of the world by IPv6.
func HasIPv6(list []netip.Addr) bool {
	for _, ip := range list {
		if ip.Is6() && ip.IsGlobalUnicast() {
			return true
		}
	}
	return false
}
