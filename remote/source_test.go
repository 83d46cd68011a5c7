package remote

import (
	"io"
	"net/netip"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/control"
)

func sources(t *testing.T, files map[string]string) (Sources, error) {
	t.Helper()
	dir := t.TempDir()
	clitest.Files(t, dir, files)
	return loadSources(control.Dir(dir))
}

func TestSources(t *testing.T) {
	s, err := sources(t, map[string]string{
		"outgoingip": "192.0.2.1\n", "outgoingip6": "2001:db8::1\n",
		"domainbindings":  "a.example:192.0.2.2\n.a.example:192.0.2.3\nany.example:0.0.0.0\nA6.example:[2001:db8::2]\n",
		"domainbindings6": "a.example:2001:db8::3\n",
		"bindroutes":      "10.1.:192.0.2.4\n10.1.2.:192.0.2.5\n10.1.2.3:192.0.2.6\n10.9:192.0.2.7\n",
		"bindroutes6":     "[2001:db8:9:]:2001:db8::4\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"x@a.example 10.1.2.3":     "192.0.2.2 a.example",
		"x@A.EXAMPLE 10.1.2.3":     "192.0.2.2 a.example",
		"x@b.a.example 10.1.2.3":   "192.0.2.3 b.a.example",
		"x@any.example 10.1.2.3":   "any",
		"x@a.example 2001:db8:9::": "2001:db8::3 a.example",
		"x@a6.example 10.9.9.9":    "192.0.2.1",
		"x@a6.example 2001:db8::9": "2001:db8::2 a6.example",
		"x@z 10.1.9.9":             "192.0.2.4",
		"x@z 10.1.2.9":             "192.0.2.5",
		"x@z 10.1.2.3":             "192.0.2.6",
		"x@z 10.90.1.1":            "192.0.2.1",
		"x@z 10.9.1.1":             "192.0.2.1",
		" 10.1.2.30":               "192.0.2.5",
		"x@z 2001:db8:9::7":        "2001:db8::4",
		"x@z 2001:db8:99::7":       "2001:db8::1",
	} {
		sender, ip, _ := strings.Cut(key, " ")
		own, name := s.choose(sender, netip.MustParseAddr(ip))
		got := own.String()
		if !own.IsValid() {
			got = "any"
		}
		if name != "" {
			got += " " + name
		}
		if got != want {
			t.Errorf("%q: %s, want %s", key, got, want)
		}
	}
}

// The files of which each is one patch's.
func TestMoreSources(t *testing.T) {
	s, err := sources(t, map[string]string{
		"senderip":   "a.example:192.0.2.1\n",
		"domainips":  "a.example:192.0.2.2|never\n.b.example:192.0.2.3%eth0|mail.b.example\nc.example:2001:db8::3|six.example\n*:192.0.2.4|any.example\n",
		"bindroutes": "10.:192.0.2.5\n", "outgoingip": "192.0.2.6\n", "outgoingip.host": "own.example\n",
		"outgoingip6": "2001:db8::6\n", "helohostbyip": "192.0.2.1:one.example\n[2001:db8::6]:six6.example\n",
	})
	if err != nil {
		t.Fatal(err)
	}
	alone, err := sources(t, map[string]string{"outgoingip": "192.0.2.6\n", "outgoingip.host": "own.example\n"})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		s                *Sources
		sender, ip, want string
	}{
		{&s, "x@A.example", "10.1.1.1", "192.0.2.1 one.example"},
		{&s, "x@y.a.example", "10.1.1.1", "192.0.2.4 any.example"}, // senderip has no ends
		{&s, "x@y.b.example", "10.1.1.1", "192.0.2.3 mail.b.example"},
		{&s, "x@c.example", "2001:db8::9", "2001:db8::3 six.example"},
		{&s, "x@c.example", "10.1.1.1", "192.0.2.4 any.example"},
		{&s, "x@d.example", "2001:db8::9", "2001:db8::6 six6.example"},
		{&alone, "x@d.example", "10.1.1.1", "192.0.2.6 own.example"},
	} {
		own, name := c.s.choose(c.sender, netip.MustParseAddr(c.ip))
		if got := own.String() + " " + name; got != c.want {
			t.Errorf("%s %s: %s, want %s", c.sender, c.ip, got, c.want)
		}
	}
}

func TestSourcesThatAreNone(t *testing.T) {
	for _, c := range [][3]string{
		{"outgoingip", "here\n", "control/outgoingip:1: no IP address"},
		{"domainbindings", "# x\na:b\n", "control/domainbindings:2: no IP address"},
		{"senderip", "a:b\n", "control/senderip:1: no IP address"},
		{"domainips", "a:b|c\n", "control/domainips:1: no IP address"},
		{"domainips", "a:192.0.2.1|c d\n", "control/domainips:1: no name for a greeting"},
		{"helohostbyip", "a:b\n", "control/helohostbyip:1: no IP address"},
		{"helohostbyip", "192.0.2.1:b c\n", "control/helohostbyip:1: no name for a greeting"},
		{"bindroutes6", "a:::1::\n", "control/bindroutes6:1: no IP address"},
	} {
		if _, err := sources(t, map[string]string{c[0]: c[1]}); err == nil || err.Error() != c[2] {
			t.Errorf("%s: %v", c[0], err)
		}
		if _, err := sources(t, map[string]string{strings.TrimSuffix(c[0], ".host") + "/": ""}); err == nil {
			t.Errorf("%s is a folder", c[0])
		}
	}
	if s, err := sources(t, map[string]string{"outgoingip": "\n"}); err != nil || s.own[four].own.IsValid() {
		t.Errorf("an empty file: %+v %v", s, err)
	}
}

// The address that a delivery comes from, and the name that goes with it.
func TestGreetingBySource(t *testing.T) {
	for sender, want := range map[string]string{
		"x@a.example": "192.0.2.2 a.example", "x@a b.example": "192.0.2.3 me.example", "x@other.test": "invalid IP me.example", "": "invalid IP me.example",
	} {
		e := engine(t, nil, nil, ":10.0.0.1")
		e.Sources, _ = sources(t, map[string]string{"domainbindings": "a.example:192.0.2.2\na b.example:192.0.2.3\n"})
		var from netip.Addr
		e.Dial = func(local netip.Addr, _ netip.AddrPort, _, _ time.Duration) (io.ReadWriteCloser, error) {
			from = local
			return nopConn{}, nil
		}
		c, report := e.Connect(sender, "d.example")
		if c == nil {
			t.Fatal(report)
		}
		if got := from.String() + " " + c.name; got != want {
			t.Errorf("%q: %s, want %s", sender, got, want)
		}
	}
}

type nopConn struct{}

func (nopConn) Read([]byte) (int, error)    { return 0, io.EOF }
func (nopConn) Write(b []byte) (int, error) { return len(b), nil }
func (nopConn) Close() error                { return nil }

// An address that is not this machine's makes mail wait.
func TestSourceNotOurs(t *testing.T) {
	p := newPeer(t, "220 x")
	_, err := TCP(netip.MustParseAddr("192.0.2.77"), p.addr, long, long)
	if err == nil || !strings.Contains(err.Error(), "bind") || strings.Contains(err.Error(), syscall.ETIMEDOUT.Error()) {
		t.Error(err)
	}
	e := engine(t, nil, nil, ":10.0.0.1")
	e.Dial = func(netip.Addr, netip.AddrPort, time.Duration, time.Duration) (io.ReadWriteCloser, error) {
		return nil, err
	}
	if got := text(e.Deliver(Job{Host: "d"})); got != "Z"+osError+"|" {
		t.Errorf("%q", got)
	}
}

func TestMine(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{
		"moreipme": "198.51.100.7\n203.0.113.0/255.255.255.0\n10.0.0.0/8\n2001:db8:1::/48\n",
		"notipme":  "192.0.2.100\n203.0.113.128/25\n198.51.100.7\n10.0.0.0/255.0.0.0\n",
	})
	m, err := LoadMine(control.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	local := []netip.Addr{netip.MustParseAddr("192.0.2.100"), netip.MustParseAddr("203.0.113.200")}
	for ip, want := range map[string]bool{
		"192.0.2.100": false, "203.0.113.200": true, "203.0.113.5": true, "203.0.113.129": false,
		"198.51.100.7": false, "10.1.1.1": false, "2001:db8:1::5": true, "2001:db8:2::5": false, "8.8.8.8": false,
	} {
		if got := m.Has(local, netip.MustParseAddr(ip)); got != want {
			t.Errorf("%s: %v", ip, got)
		}
	}
	for _, bad := range []string{"x", "1.2.3.4/x", "1.2.3.4/33", "1.2.3.4/255.0.255.0", "::1/129"} {
		clitest.Files(t, dir, map[string]string{"moreipme": "1.2.3.4\n" + bad + "\n"})
		if _, err := LoadMine(control.Dir(dir)); err == nil || err.Error() != "control/moreipme:2: neither an IP address nor a network" {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
