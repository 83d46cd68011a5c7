package dns

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

func TestLookups(t *testing.T) {
	r := ask(t, func(q query) [][]byte {
		name := strings.ToLower(q.Name.String())
		switch {
		case q.Type == dnsmessage.TypeMX && name == "two.example.":
			return [][]byte{reply(q, nil, mx(10, "a.example."), mx(5, "."))}
		case q.Type == dnsmessage.TypeA && name == "a.example.":
			return [][]byte{reply(q, nil, alias("b.example."), a("192.0.2.1"), a("192.0.2.2"))}
		case q.Type == dnsmessage.TypeAAAA && name == "a.example.":
			mapped := netip.MustParseAddr("::ffff:192.0.2.3").As16()
			return [][]byte{reply(q, nil, &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr("2001:db8::1").As16()}, &dnsmessage.AAAAResource{AAAA: mapped})}
		case q.Type == dnsmessage.TypePTR:
			return [][]byte{reply(q, nil, &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName("x." + name)})}
		case name == "none.example.":
			return [][]byte{reply(q, nil)}
		}
		return [][]byte{reply(q, code(dnsmessage.RCodeNameError))}
	})
	list, err := r.MX("Two.Example")
	sort.Slice(list, func(i, j int) bool { return list[i].Preference < list[j].Preference })
	if want := []MX{{5, ""}, {10, "a.example"}}; err != nil || !reflect.DeepEqual(list, want) {
		t.Error(list, err)
	}
	ips, err := r.IPv4("a.example.")
	if want := "[192.0.2.1 192.0.2.2]"; err != nil || fmt.Sprint(ips) != want {
		t.Error(ips, err)
	}
	ips, err = r.IPv6("a.example")
	if want := "[2001:db8::1 192.0.2.3]"; err != nil || fmt.Sprint(ips) != want {
		t.Error(ips, err)
	}
	for ip, want := range map[string]string{
		"192.0.2.77":        "x.77.2.0.192.in-addr.arpa",
		"::ffff:192.0.2.77": "x.77.2.0.192.in-addr.arpa",
		"2001:db8::12":      "x.2.1." + strings.Repeat("0.", 22) + "8.b.d.0.1.0.0.2.ip6.arpa",
	} {
		if name, err := r.PTR(netip.MustParseAddr(ip)); err != nil || name != want {
			t.Errorf("%s: %s %v", ip, name, err)
		}
	}
	if _, err := r.IPv4("none.example"); !errors.Is(err, ErrNoData) || !Hard(err) {
		t.Error(err)
	}
	if _, err := r.MX("nowhere.example"); !errors.Is(err, ErrNoName) || !Hard(err) || !strings.Contains(err.Error(), "nowhere.example") {
		t.Error(err)
	}
}

func TestNamesThatCannotBe(t *testing.T) {
	r := New(Config{Servers: []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}, Attempts: 1})
	for _, name := range []string{"", ".", "a..b", ".a", strings.Repeat("x", 64) + ".example", strings.Repeat("abcdefg.", 40)} {
		if _, err := r.MX(name); !errors.Is(err, ErrNoName) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// What is no final answer of one server is asked of the next, and is soft.
func TestSoft(t *testing.T) {
	bad := map[string]func(query) [][]byte{
		"SERVFAIL": says(code(dnsmessage.RCodeServerFailure)),
		"REFUSED":  says(code(dnsmessage.RCodeRefused)),
		"FORMERR":  says(code(dnsmessage.RCodeFormatError)),
		"referral": says(func(m *dnsmessage.Message) { m.RecursionAvailable = false }),
		"garbage":  func(q query) [][]byte { return [][]byte{append(reply(q, nil, a("192.0.2.1"))[:40], 0xff, 0xff)} },
		"without question": func(q query) [][]byte {
			return [][]byte{reply(q, func(m *dnsmessage.Message) { m.Questions, m.RCode = nil, dnsmessage.RCodeRefused })}
		},
	}
	for what, answer := range bad {
		var n atomic.Int32
		if ips, err := ask(t, counting(&n, answer)).IPv4("a.example"); err == nil || Hard(err) {
			t.Errorf("%s: %v %v", what, ips, err)
		}
		if n.Load() < 2 {
			t.Errorf("%s: asked %d times", what, n.Load())
		}
		ips, err := ask(t, answer, says(nil, a("192.0.2.9"))).IPv4("a.example")
		if err != nil || fmt.Sprint(ips) != "[192.0.2.9]" {
			t.Errorf("%s, then an answer: %v %v", what, ips, err)
		}
		if _, err := ask(t, answer, says(code(dnsmessage.RCodeNameError))).IPv4("a.example"); !Hard(err) {
			t.Errorf("%s, then no: %v", what, err)
		}
	}
}

func TestNobodyThere(t *testing.T) {
	silent := func(query) [][]byte { return nil }
	c := Config{Servers: []netip.AddrPort{server(t, silent)}, Timeout: time.Millisecond, Attempts: 2}
	if _, err := New(c).IPv4("a.example"); err == nil || Hard(err) {
		t.Error(err)
	}
	c.Servers = []netip.AddrPort{netip.MustParseAddrPort("127.0.0.1:1")}
	if _, err := New(c).IPv4("a.example"); err == nil || Hard(err) {
		t.Error(err)
	}
}

// An attacker who cannot see the query must guess its number and its port.
func TestStrangersAreIgnored(t *testing.T) {
	good := reply
	r := ask(t, func(q query) [][]byte {
		other := q
		other.id++
		name := q
		name.Name = dnsmessage.MustNewName("other.example.")
		kind := q
		kind.Type = dnsmessage.TypeMX
		return [][]byte{
			nil, {0}, reply(other, nil, a("192.0.2.66")), reply(name, nil, a("192.0.2.66")), reply(kind, nil, mx(1, "evil.example.")),
			reply(q, func(m *dnsmessage.Message) { m.Response = false }, a("192.0.2.66")),
			reply(q, func(m *dnsmessage.Message) { m.Questions = nil }, a("192.0.2.66")),
			good(q, nil, a("192.0.2.1")),
		}
	})
	if ips, err := r.IPv4("a.example"); err != nil || fmt.Sprint(ips) != "[192.0.2.1]" {
		t.Error(ips, err)
	}
}

func TestTruncated(t *testing.T) {
	many := []dnsmessage.ResourceBody{}
	for i := range 2000 {
		many = append(many, a(fmt.Sprintf("10.0.%d.%d", i/256, i%256)))
	}
	r := ask(t, func(q query) [][]byte {
		if q.tcp {
			return [][]byte{reply(q, nil, many...)}
		}
		return [][]byte{reply(q, func(m *dnsmessage.Message) { m.Truncated = true }, many[:3]...)}
	})
	if ips, err := r.IPv4("a.example"); err != nil || len(ips) != len(many) {
		t.Error(len(ips), err)
	}
	always := says(func(m *dnsmessage.Message) { m.Truncated = true })
	if _, err := ask(t, always).IPv4("a.example"); err == nil || Hard(err) {
		t.Error(err)
	}
}

func TestOldServer(t *testing.T) {
	for _, c := range []dnsmessage.RCode{dnsmessage.RCodeFormatError, dnsmessage.RCodeNotImplemented} {
		r := ask(t, func(q query) [][]byte {
			if q.edns {
				return [][]byte{reply(q, func(m *dnsmessage.Message) { m.RCode, m.Questions = c, nil })}
			}
			return [][]byte{reply(q, nil, a("192.0.2.1"))}
		})
		if ips, err := r.IPv4("a.example"); err != nil || len(ips) != 1 {
			t.Error(c, ips, err)
		}
	}
}

func TestAliases(t *testing.T) {
	r := ask(t, func(q query) [][]byte {
		switch q.Name.String() {
		case "a.example.":
			return [][]byte{reply(q, nil, alias("b.example."))}
		case "b.example.":
			return [][]byte{reply(q, nil, a("192.0.2.1"))}
		case "loop.example.":
			return [][]byte{reply(q, nil, alias("loop.example."))}
		case "empty.example.":
			return [][]byte{reply(q, nil, alias("nothing.example."))}
		case "nothing.example.":
			return [][]byte{reply(q, nil)}
		}
		return [][]byte{reply(q, code(dnsmessage.RCodeNameError), alias("gone.example."))}
	})
	if ips, err := r.IPv4("a.example"); err != nil || len(ips) != 1 {
		t.Error(ips, err)
	}
	if ips, err := r.IPv4("empty.example"); err != nil || len(ips) != 0 {
		t.Error(ips, err)
	}
	if _, err := r.IPv4("loop.example"); err == nil || Hard(err) {
		t.Error(err)
	}
	if _, err := r.IPv4("gone.example"); !Hard(err) {
		t.Error(err)
	}
}

func TestSearch(t *testing.T) {
	var mu sync.Mutex
	var asked []string
	c := Config{Timeout: 20 * time.Second, Attempts: 1, Ndots: 1, Search: []string{"one.example", "two.example."}}
	c.Servers = []netip.AddrPort{server(t, func(q query) [][]byte {
		mu.Lock()
		asked = append(asked, q.Name.String())
		mu.Unlock()
		if q.Name.String() == "h.two.example." {
			return [][]byte{reply(q, nil, a("192.0.2.1"))}
		}
		return [][]byte{reply(q, code(dnsmessage.RCodeNameError))}
	})}
	if ips, err := New(c).Search("h"); err != nil || len(ips) != 1 {
		t.Error(ips, err)
	}
	if _, err := New(c).Search("x.y"); !Hard(err) {
		t.Error(err)
	}
	mu.Lock()
	defer mu.Unlock()
	want := "[h.one.example. h.two.example. x.y. x.y.one.example. x.y.two.example.]"
	if fmt.Sprint(asked) != want {
		t.Errorf("%v, want %s", asked, want)
	}
	if got := candidates(c, "a."); fmt.Sprint(got) != "[a.]" {
		t.Error(got)
	}
}

func TestParseConfig(t *testing.T) {
	port := func(s string) netip.AddrPort { return netip.AddrPortFrom(netip.MustParseAddr(s), 53) }
	plain := Config{Timeout: 5 * time.Second, Attempts: 2, Ndots: 1, Servers: []netip.AddrPort{port("127.0.0.1")}}
	with := func(change func(*Config)) Config { c := plain; change(&c); return c }
	for text, want := range map[string]Config{
		"": plain,
		"# nameserver 10.0.0.1\n;nameserver 10.0.0.2\nnameserver\nnameserver host\nnonsense x\n": plain,
		"nameserver 10.0.0.1\nnameserver ::1\nnameserver 10.0.0.3\nnameserver 10.0.0.4": with(func(c *Config) {
			c.Servers = []netip.AddrPort{port("10.0.0.1"), port("::1"), port("10.0.0.3")}
		}),
		"domain a.example\nsearch b.example c.example": with(func(c *Config) { c.Search = []string{"b.example", "c.example"} }),
		"options timeout:3 attempts:9 ndots:0 rotate use-vc edns0": with(func(c *Config) {
			c.Timeout, c.Attempts, c.Ndots, c.Rotate, c.TCP = 3*time.Second, 5, 0, true, true
		}),
		"options timeout:0 attempts:0 ndots:99 timeout:x attempts:-1": with(func(c *Config) {
			c.Timeout, c.Attempts, c.Ndots = time.Second, 1, 15
		}),
	} {
		if got := parse(text); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestEnvironment(t *testing.T) {
	env := map[string]string{"DNSCACHEIP": "127.9.9.9 x 127.9.9.8", "LOCALDOMAIN": "l.example", "RES_OPTIONS": "attempts:4"}
	c := system(func(name string) string { return env[name] })
	if fmt.Sprint(c.Servers) != "[127.9.9.9:53 127.9.9.8:53]" || fmt.Sprint(c.Search) != "[l.example]" || c.Attempts != 4 {
		t.Errorf("%+v", c)
	}
}

func TestWait(t *testing.T) {
	c := Config{Timeout: 5 * time.Second, Servers: make([]netip.AddrPort, 3)}
	if got := [3]time.Duration{c.wait(0), c.wait(1), c.wait(2)}; got != [3]time.Duration{5 * time.Second, 10 * time.Second / 3, 20 * time.Second / 3} {
		t.Error(got)
	}
}

func FuzzParseConfig(f *testing.F) {
	f.Add("nameserver 1.2.3.4\noptions timeout:1\n")
	f.Fuzz(func(t *testing.T, text string) {
		c := parse(text)
		if n := len(c.Servers); n < 1 || n > 3 || c.Timeout < time.Second || c.Timeout > 30*time.Second || c.Attempts < 1 || c.Attempts > 5 {
			t.Fatalf("%+v", c)
		}
	})
}

// Whatever a server sends, reading it ends, and with no more than it sent.
func FuzzAnswer(f *testing.F) {
	q := query{Question: dnsmessage.Question{Name: dnsmessage.MustNewName("a.example."), Type: dnsmessage.TypeMX, Class: dnsmessage.ClassINET}, id: 7}
	f.Add(reply(q, nil, mx(1, "m.example."), alias("b.example.")), uint16(dnsmessage.TypeMX))
	f.Add(reply(q, code(dnsmessage.RCodeNameError)), uint16(dnsmessage.TypeMX))
	q.Type = dnsmessage.TypeA
	f.Add(reply(q, nil, a("192.0.2.1"), a("192.0.2.2")), uint16(dnsmessage.TypeA))
	q.Type = dnsmessage.TypePTR
	f.Add(reply(q, nil, &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName("x.example.")}), uint16(dnsmessage.TypePTR))
	f.Fuzz(func(t *testing.T, packet []byte, kind uint16) {
		q, err := newQuestion("a.example", dnsmessage.Type(kind))
		if err != nil {
			t.Fatal(err)
		}
		records, alias, err := q.parse(packet, 7, true)
		if len(records)*12 > len(packet) || len(alias) > 255 {
			t.Fatalf("%d records, alias %q", len(records), alias)
		}
		if err == nil && records == nil && alias == "" {
			t.Fatal("neither an answer nor an error")
		}
	})
}
