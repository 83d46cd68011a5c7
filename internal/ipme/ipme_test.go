package ipme

import (
	"net"
	"net/netip"
	"slices"
	"testing"
)

// Package net asks the system in another way.
func TestAddrs(t *testing.T) {
	got, err := Addrs()
	if err != nil {
		t.Fatal(err)
	}
	want := []netip.Addr{netip.IPv4Unspecified(), netip.IPv6Unspecified()}
	interfaces, err := net.Interfaces()
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range interfaces {
		list, err := i.Addrs()
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range list {
			ip, _ := netip.AddrFromSlice(a.(*net.IPNet).IP)
			if i.Flags&net.FlagUp != 0 {
				want = append(want, ip.Unmap())
			}
		}
	}
	if got[0] != want[0] {
		t.Errorf("0.0.0.0 is not the first: %v", got)
	}
	slices.SortFunc(want, netip.Addr.Compare)
	slices.SortFunc(got, netip.Addr.Compare)
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestHasIPv6(t *testing.T) {
	for s, want := range map[string]bool{
		"10.0.0.1": false, "::": false, "::1": false, "fe80::1": false, "ff02::1": false,
		"2001:db8::1": true, "fd00::1": true,
	} {
		if got := HasIPv6([]netip.Addr{netip.MustParseAddr(s)}); got != want {
			t.Errorf("%s: %v", s, got)
		}
	}
}
