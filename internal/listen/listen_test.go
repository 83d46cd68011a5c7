package listen

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/cmd"
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
	var c census
	for ip, n := range map[string]int{"192.0.2.1": 3, "192.0.2.200": 2, "192.0.3.1": 5, "2001:db8::1": 1, "2001:db8::2": 1, "2001:db8:0:1::1": 4} {
		c.add(netip.MustParseAddr(ip), n)
	}
	for _, x := range []struct{ ip, env, want string }{
		{"192.0.2.1", "", ""}, {"192.0.2.1", "MAXCONNIP=3", ""}, {"192.0.2.1", "MAXCONNIP=2", "MAXCONNIP:2"}, {"192.0.2.1", "MAXCONNIP=0", "MAXCONNIP:0"},
		{"192.0.2.1", "MAXCONNIP=x", ""}, {"192.0.2.1", "MAXCONNC=5", ""}, {"192.0.2.1", "MAXCONNC=4", "MAXCONNC:4"},
		{"2001:db8::1", "MAXCONNC=1", "MAXCONNC:1"}, {"2001:db8::1", "MAXCONNC=2", ""}, {"192.0.2.9", "MAXLOAD=100000000", ""},
	} {
		name, value, _ := strings.Cut(x.env, "=")
		got := c.exceeded(netip.MustParseAddr(x.ip), func(n string) (string, bool) { return value, n == name })
		if got != x.want {
			t.Errorf("%s with %s: %q, want %q", x.ip, x.env, got, x.want)
		}
	}
	c.add(netip.MustParseAddr("192.0.2.1"), -3)
	if _, kept := c.count[netip.MustParseAddr("192.0.2.1")]; kept {
		t.Error("an address without connections is kept")
	}
}

func TestParse(t *testing.T) {
	p := &cmd.Proc{Name: "server", Env: []string{"UID=7", "GID=8x"}}
	p.Args = strings.Fields("-vqQHRpX4UDo1 -c5 -C 3:no_more -b 9 -t99999999 -l me -x r -B hi -z extra host port prog -v")
	extra := ""
	o, problem, ok := Parse(p, "z:", func(opt byte, arg string) { extra += string(opt) + arg })
	want := Options{Level: Errors, Limit: 5, Backlog: 9, PerIP: "3", PerIPSays: "no_more", Rules: "r", NoRules: true, Banner: "hi", Uid: 7, Gid: 8,
		TellPort: true, KeepIP: true, NoDelay: true, Paranoid: true, Patience: 24 * time.Hour, Family: 4, Host: "host", Port: "port"}
	want.Local.Text, want.Local.Known = "me", true
	if !ok || problem != "" || extra != "zextra" || strings.Join(o.Program, " ") != "prog -v" {
		t.Errorf("%v %q %q %q", ok, problem, extra, o.Program)
	}
	o.Program = nil
	if !reflect.DeepEqual(o, want) {
		t.Errorf("%+v\n%+v", o, want)
	}
}
