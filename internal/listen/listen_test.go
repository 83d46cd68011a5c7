package listen

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/peer"
	"qmailkit/internal/tcpopt"
)

func TestSafe(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "mail.example.org": "mail.example.org", "a:b%c d\x00\xff": "a?b?c?d??",
		strings.Repeat("x", 99): strings.Repeat("x", 99), strings.Repeat("x", 100): strings.Repeat("x", 100) + "...",
		strings.Repeat("x", 200): strings.Repeat("x", 100) + "...",
	} {
		if got := Safe(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}

func TestLimits(t *testing.T) {
	for _, x := range []struct {
		host, network int
		env, want     string
	}{
		{3, 5, "", ""}, {3, 5, "MAXCONNIP=3", ""}, {3, 5, "MAXCONNIP=2", "MAXCONNIP:2"}, {1, 1, "MAXCONNIP=0", "MAXCONNIP:0"},
		{3, 5, "MAXCONNIP=x", ""}, {3, 5, "MAXCONNC=5", ""}, {3, 5, "MAXCONNC=4", "MAXCONNC:4"}, {9, 9, "MAXLOAD=100000000", ""},
	} {
		name, value, _ := strings.Cut(x.env, "=")
		got := exceeded(place{x.host, x.network}, func(n string) (string, bool) { return value, n == name })
		if got != x.want {
			t.Errorf("%d and %d with %s: %q, want %q", x.host, x.network, x.env, got, x.want)
		}
	}
}

// One who came first is not one too many because others came since.
func TestCensus(t *testing.T) {
	var c census
	ip := func(s string) netip.Addr { return netip.MustParseAddr(s) }
	first := c.enter(ip("192.0.2.1"))
	for _, s := range []string{"192.0.2.1", "192.0.2.200", "192.0.3.1", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"} {
		c.enter(ip(s))
	}
	last := c.enter(ip("192.0.2.1"))
	for _, x := range []struct {
		ip   string
		was  place
		want place
	}{
		{"192.0.2.1", first, place{1, 1}}, {"192.0.2.1", last, place{3, 4}}, {"2001:db8::1", place{9, 9}, place{1, 2}}, {"192.0.2.9", place{9, 9}, place{0, 4}},
	} {
		if got := c.now(ip(x.ip), x.was); got != x.want {
			t.Errorf("%s: %v, want %v", x.ip, got, x.want)
		}
	}
	c.leave(ip("192.0.2.200"))
	c.leave(ip("192.0.2.1"))
	if got := c.now(ip("192.0.2.1"), last); got != (place{2, 2}) {
		t.Errorf("after some have gone: %v", got)
	}
	for _, s := range []string{"192.0.2.1", "192.0.2.1", "192.0.3.1", "2001:db8::1", "2001:db8::2", "2001:db8:0:1::1"} {
		c.leave(ip(s))
	}
	if len(c.hosts)+len(c.networks) != 0 {
		t.Errorf("what has gone is kept: %v %v", c.hosts, c.networks)
	}
}

func TestParse(t *testing.T) {
	p := &cmd.Proc{Name: "server", Env: []string{"UID=7", "GID=8x"}}
	p.Args = strings.Fields("-vqQHRpX4UDo1 -c5 -C 3:no_more -b 9 -t99999999 -l me -x r -B hi -z extra host port prog -v")
	extra := ""
	o, problem, ok := Parse(p, "z:", func(opt byte, arg string) { extra += string(opt) + arg })
	want := Options{Limit: 5, Backlog: 9, PerIP: "3", PerIPSays: "no_more", Rules: "r", NoRules: true, Banner: "hi", Uid: 7, Gid: 8,
		TellPort: true, KeepIP: true}
	want.Options = tcpopt.Options{Level: tcpopt.Errors, NoDelay: true, Family: 4, Host: "host", Port: "port",
		Lookups: peer.Lookups{Paranoid: true, Patience: 24 * time.Hour, Local: peer.Name{Text: "me", Known: true}}}
	if !ok || problem != "" || extra != "zextra" || strings.Join(o.Program, " ") != "prog -v" {
		t.Errorf("%v %q %q %q", ok, problem, extra, o.Program)
	}
	o.Program = nil
	if !reflect.DeepEqual(o, want) {
		t.Errorf("%+v\n%+v", o, want)
	}
}
