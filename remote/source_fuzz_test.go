package remote

import (
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"qmailkit/internal/control"
)

// Whatever the files of source addresses hold, a delivery comes from an address
// that stands in one of them, of the other side's kind, or from any; and what is
// said in the greeting can be said there.
func FuzzSources(f *testing.F) {
	names := []string{"senderip", "domainips", "domainbindings", "bindroutes", "outgoingip", "outgoingip.host", "helohostbyip", "domainbindings6", "bindroutes6", "outgoingip6"}
	f.Add(uint8(2), "a.example:192.0.2.2\n.a.example:192.0.2.3\nany:0.0.0.0\n:[2001:db8::2]", "192.0.2.1", "192.0.2.1:one.example\n", "x@b.a.example", "10.1.2.3")
	f.Add(uint8(1), "*:192.0.2.4%eth0|any.example\nc:fe80::1%eth0|six", "2001:db8::1", "[2001:db8::6]:six.example", "", "2001:db8::9")
	f.Add(uint8(3), "[2001:db8:9:]:2001:db8::4\n10.1.:192.0.2.4\n:::ffff:192.0.2.1\n", "", "", "@", "2001:db8:9::7")
	f.Add(uint8(0), "a:192.0.2.1", "::", "", "x@A", "::ffff:10.0.0.1")
	f.Fuzz(func(t *testing.T, which uint8, lines, own, helo, sender, to string) {
		dir := t.TempDir()
		all := ""
		for name, text := range map[string]string{names[int(which)%len(names)]: lines, "outgoingip": own, "helohostbyip": helo} {
			if err := os.WriteFile(dir+"/"+name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			all += text + "\n"
		}
		s, err := loadSources(control.Dir(dir))
		if err != nil {
			var at *control.Error
			if !errors.As(err, &at) || at.Line < 1 || !strings.HasPrefix(at.File, "control/") {
				t.Fatalf("%q %q %q: %v does not say where", lines, own, helo, err)
			}
			return
		}
		ip, err := netip.ParseAddr(to)
		if err != nil || ip.Is4In6() {
			return
		}
		from, name := s.choose(sender, ip)
		if name != "" && !isHost(name) {
			t.Fatalf("says %q", name)
		}
		if name != "" && !strings.Contains(control.Fold(all+sender), control.Fold(name)) {
			t.Fatalf("says %q, which nobody does", name)
		}
		if from.IsValid() && (kind(from) != kind(ip) || from.IsUnspecified() || !stands(all, from)) {
			t.Fatalf("%q %q %q: %s comes from %s", lines, own, helo, ip, from)
		}
	})
}

// stands tells whether ip is written somewhere in text.
func stands(text string, ip netip.Addr) bool {
	for i := range text {
		for j := i + 1; j <= len(text) && j-i < 64; j++ {
			if got, ok := Literal(text[i:j]); ok && got == ip {
				return true
			}
		}
	}
	return false
}

// A network that can be read contains the address that it was written with,
// and notipme goes before moreipme where both say the same.
func FuzzMine(f *testing.F) {
	for _, seed := range []string{"192.0.2.1", "203.0.113.0/255.255.255.0", "10.0.0.0/8", "2001:db8::/32", "[::1]/128", "1.2.3.4/255.0.255.0", "1.2.3.4/-1", "::1/+1", "fe80::1%eth0/10"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n, ok := parseNetwork(s)
		if !ok {
			return
		}
		address, _, _ := strings.Cut(s, "/")
		ip, ok := Literal(address)
		if !ok || !n.Contains(ip.WithZone("")) || n.Bits() > ip.BitLen() {
			t.Fatalf("%q is the network %s", s, n)
		}
		with, both := Mine{more: []netip.Prefix{n}}, Mine{more: []netip.Prefix{n}, not: []netip.Prefix{n}}
		if !with.Has(nil, ip) || both.Has(nil, ip) {
			t.Fatalf("%q: %s", s, ip)
		}
	})
}
