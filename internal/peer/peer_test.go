package peer

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"qmailkit/internal/dns"
	"qmailkit/internal/dnstest"
)

func TestEnv(t *testing.T) {
	base := []string{"A=1", "B=2", "A=3", "odd"}
	var e Env
	e.Set("A", "4")
	e.Set("C", "5")
	e.Unset("C")
	e.Set("D", "")
	e.Unset("none")
	if got := e.Of(base); !slices.Equal(got, []string{"B=2", "odd", "A=4", "D="}) {
		t.Errorf("%q", got)
	}
	for name, want := range map[string]string{"A": "4", "B": "2", "D": "", "C": "-", "none": "-"} {
		got, set := e.Get(base, name)
		if !set {
			got = "-"
		}
		if got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
}

func TestVariables(t *testing.T) {
	four := Peer{Local: netip.MustParseAddrPort("192.0.2.1:25"), Remote: netip.MustParseAddrPort("192.0.2.2:99"), RemoteInfo: Name{"joe", true}}
	six := Peer{Local: netip.MustParseAddrPort("[2001:db8::1]:25"), Remote: netip.MustParseAddrPort("[fe80::2%1]:99"), LocalHost: Name{"me", true}}
	for _, c := range []struct {
		peer   Peer
		mapped bool
		proto  string
		want   string
	}{
		{four, false, "TCP", "TCPLOCALIP=192.0.2.1 TCPLOCALPORT=25 TCPREMOTEINFO=joe TCPREMOTEIP=192.0.2.2 TCPREMOTEPORT=99"},
		{four, true, "TCP6", "TCP6LOCALIP=::ffff:192.0.2.1 TCP6LOCALPORT=25 TCP6REMOTEIP=::ffff:192.0.2.2 TCP6REMOTEPORT=99 " +
			"TCPLOCALIP=::ffff:192.0.2.1 TCPLOCALPORT=25 TCPREMOTEINFO=joe TCPREMOTEIP=::ffff:192.0.2.2 TCPREMOTEPORT=99"},
		{six, false, "TCP6", "TCP6INTERFACE=" + interfaceName("1") + " TCP6LOCALHOST=me TCP6LOCALIP=2001:db8::1 TCP6LOCALPORT=25 TCP6REMOTEIP=fe80::2 " +
			"TCP6REMOTEPORT=99 TCPLOCALHOST=me TCPLOCALIP=2001:db8::1 TCPLOCALPORT=25 TCPREMOTEIP=fe80::2 TCPREMOTEPORT=99"},
	} {
		var e Env
		c.peer.Variables(&e, "TCP", c.mapped)
		got := e.Of([]string{"TCPREMOTEHOST=old", "TCP6REMOTEHOST=old", "TCP6INTERFACE=old"})
		slices.Sort(got)
		if strings.Join(got, " ") != c.want || c.peer.Protocol(c.mapped) != c.proto {
			t.Errorf("%s", got)
		}
	}
}

func TestHostText(t *testing.T) {
	for in, want := range map[string]string{"MiXed.Test": "mixed.test", "a b\x00.c\xff": `a\040b\000.c\377`, "x_y-1": "x_y-1"} {
		if got := hostText(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestLearn(t *testing.T) {
	ip := dnstest.Server(t, dnstest.Zone{
		"1.2.0.192.in-addr.arpa PTR": "Me.Test", "2.2.0.192.in-addr.arpa PTR": "you.test", "you.test A": "192.0.2.9,192.0.2.2",
		"3.2.0.192.in-addr.arpa PTR": "liar.test", "liar.test A": "192.0.2.9", "4.2.0.192.in-addr.arpa PTR": "SERVFAIL",
		"6.test AAAA": "2001:db8::6", "both.test A": "192.0.2.5", "both.test AAAA": "2001:db8::5",
	})
	resolver := dns.System(func(name string) string {
		return map[string]string{"DNSCACHEIP": ip, "RES_OPTIONS": "timeout:1 attempts:1"}[name]
	})
	for remote, want := range map[string][2]string{"192.0.2.2": {"you.test", "you.test"}, "192.0.2.3": {"liar.test", ""},
		"192.0.2.4": {"", ""}, "192.0.2.5": {"", ""}} {
		for i, paranoid := range []bool{false, true} {
			p := Peer{Local: netip.MustParseAddrPort("192.0.2.1:25"), Remote: netip.MustParseAddrPort(remote + ":99")}
			p.Learn(&Lookups{Resolver: resolver, Remote: true, Paranoid: paranoid})
			if p.LocalHost != (Name{"me.test", true}) || p.RemoteHost != (Name{want[i], want[i] != ""}) {
				t.Errorf("%s: %+v", remote, p)
			}
		}
	}
	for remote, want := range map[string]Name{"192.0.2.2": {"you.test", true}, "192.0.2.4": {}, "192.0.2.5": {"", true}} {
		p := Peer{Local: netip.MustParseAddrPort(remote + ":25"), Remote: netip.MustParseAddrPort(remote + ":99")}
		p.Learn(&Lookups{Resolver: resolver, Remote: true, Nameless: true})
		if p.LocalHost != want || p.RemoteHost != want {
			t.Errorf("%s of a client: %+v", remote, p)
		}
	}
	var none *ErrNoAddress
	for _, c := range []struct {
		host   string
		family int
		want   string
	}{
		{"192.0.2.7", 0, "[192.0.2.7]"}, {"::1", 0, "[::1]"}, {"::ffff:192.0.2.7", 0, "[192.0.2.7]"},
		{"010.001.2.03", 0, "[10.1.2.3]"}, {"[192.0.2.7]", 0, "[192.0.2.7]"}, {"192.0.2.7.", 0, "[192.0.2.7]"}, {"192.0.2.7.5", 0, "[192.0.2.7]"},
		{"192.0.2.7.192.0.2.8", 0, "[192.0.2.7192.0.2.8]"}, {"192.0.2", 0, ""}, {"192.0.2.256", 0, ""}, {"1.2.3.4.256.0.0.0", 0, ""},
		{"both.test.", 0, "[192.0.2.5]"}, {"both.test.", IPv6, "[2001:db8::5]"}, {"6.test.", 0, "[2001:db8::6]"}, {"6.test.", IPv4, ""}, {"no.test.", 0, ""},
	} {
		list, err := Addresses(resolver, c.host, c.family)
		got := ""
		if err == nil {
			got = "["
			for _, ip := range list {
				got += ip.String()
			}
			got += "]"
		}
		if got != c.want || err != nil && !errors.As(err, &none) {
			t.Errorf("%s (%d): %s %v", c.host, c.family, got, err)
		}
	}
}

func TestPort(t *testing.T) {
	for s, want := range map[string]int{"0": 0, "25": 25, "65535": 65535, "smtp": 25, "65536": -1, "-1": -1, "+1": -1, "": -1, "1x": -1, "no-such": -1} {
		got, ok := Port(s)
		if want < 0 && ok || want >= 0 && (!ok || int(got) != want) {
			t.Errorf("%q: %d %v", s, got, ok)
		}
	}
}
