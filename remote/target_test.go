package remote

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/dns"
	"qmailkit/internal/sock"
	"qmailkit/internal/tcpto"
)

// mx makes a list of "preference host".
func mx(words ...string) (list []dns.MX) {
	for _, w := range words {
		preference, host, _ := strings.Cut(w, " ")
		n, err := strconv.Atoi(preference)
		if err != nil {
			panic(err)
		}
		list = append(list, dns.MX{Preference: uint16(n), Host: host})
	}
	return list
}

func TestWhere(t *testing.T) {
	z := zone{
		"a.example MX": mx("20 two.example", "10 one.example"), "one.example A": "192.0.2.1 192.0.2.2", "two.example A": "192.0.2.3",
		"plain.example A":  "192.0.2.9",
		"null.example MX":  mx("0 "),
		"nulls.example MX": mx("0 ", "5 one.example"),
		"gone.example MX":  mx("0 nowhere.example"),
		"part.example MX":  mx("0 soft.example", "5 one.example"),
		"dead.example MX":  mx("0 soft.example", "5 nowhere.example"),
		"soft.example MX":  errSoft, "soft.example A": errSoft,
		"half.example A":  errSoft,
		"alias.example A": "",
		"me.example MX":   mx("10 mine.example", "10 one.example", "20 two.example"), "mine.example A": "192.0.2.100",
		"backup.example MX": mx("10 one.example", "20 mine.example", "20 two.example"),
		"zero.example A":    "0.0.0.0",
		"lit.example MX":    mx("10 192.0.2.4"),
	}
	for host, want := range map[string]string{
		"a.example":          "192.0.2.1 192.0.2.2 192.0.2.3: no connection",
		"plain.example":      "192.0.2.9: no connection",
		"null.example":       "DSorry, that host says that it accepts no mail. (#5.1.10)\n|",
		"nulls.example":      "192.0.2.1 192.0.2.2: no connection",
		"gone.example":       "DSorry, I couldn't find a mail exchanger or IP address. (#5.4.4)\n|",
		"part.example":       "192.0.2.1 192.0.2.2: no connection",
		"dead.example":       "ZSorry, I couldn't find any host by that name. (#4.1.2)\n|",
		"soft.example":       "ZSorry, I couldn't find any host by that name. (#4.1.2)\n|",
		"half.example":       "ZSorry, I couldn't find any host by that name. (#4.1.2)\n|",
		"alias.example":      "DSorry, I couldn't find a mail exchanger or IP address. (#5.4.4)\n|",
		"no\nwhere.ex\xe9":   "DSorry, I couldn't find any host named no?where.ex?. (#5.1.2)\n|",
		"me.example":         strings.ReplaceAll("D"+ambiguous+"|", "\r", ""),
		"zero.example":       "D" + ambiguous + "|",
		"[192.0.2.100]":      "D" + ambiguous + "|",
		"backup.example":     "192.0.2.1 192.0.2.2: no connection",
		"lit.example":        "192.0.2.4: no connection",
		"[192.0.2.7]":        "192.0.2.7: no connection",
		"192.0.2.7":          "192.0.2.7: no connection",
		"[IPv6:2001:db8::7]": "2001:db8::7: no connection",
		"routed.example":     "192.0.2.100: no connection",
		"named.example":      "192.0.2.1 192.0.2.2: no connection",
		"lost.example":       "DSorry, I couldn't find any host named nowhere.example. (#5.1.2)\n|",
		"late.example":       "ZSorry, I couldn't find any host by that name. (#4.1.2)\n|",
		"port.example":       "ZUnable to use control/smtproutes:5: no valid port. (#4.3.5)\n|",
		"colon.example":      "DSorry, I couldn't find any host named . (#5.1.2)\n|",
	} {
		e := engine(t, z, nil, "routed.example:192.0.2.100", "named.example:one.example", "lost.example:nowhere.example",
			"late.example:soft.example", "port.example:192.0.2.1:smtp", "colon.example::26")
		var tried []string
		dial := e.Dial
		e.Dial = func(local netip.Addr, addr netip.AddrPort, c, i time.Duration) (io.ReadWriteCloser, error) {
			tried = append(tried, addr.Addr().String())
			return dial(local, addr, c, i)
		}
		got := text(e.Deliver(Job{Host: host, Recipients: []string{"u@d"}}))
		if got == "ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n|" {
			got = strings.Join(tried, " ") + ": no connection"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
}

func TestIPv6(t *testing.T) {
	z := zone{
		"a.example MX":   mx("10 both.example", "20 six.example", "30 four.example", "40 odd.example"),
		"both.example A": "192.0.2.1", "both.example AAAA": "2001:db8::1",
		"six.example A": &dns.Error{Err: dns.ErrNoData}, "six.example AAAA": "2001:db8::2",
		"four.example A": "192.0.2.3", "four.example AAAA": errSoft,
		"odd.example A": errSoft, "odd.example AAAA": "2001:db8::4",
		"x.example A": &dns.Error{Err: dns.ErrNoData}, "x.example AAAA": errSoft,
		"y.example A": errSoft,
	}
	list, err := Exchangers(z, "a.example", true)
	if want := "[{192.0.2.1 10 both.example} {2001:db8::1 10 both.example} {2001:db8::2 20 six.example} {192.0.2.3 30 four.example} {2001:db8::4 40 odd.example}]"; err != nil || fmt.Sprint(list) != want {
		t.Error(list, err)
	}
	list, err = Exchangers(z, "a.example", false)
	if want := "[{192.0.2.1 10 both.example} {192.0.2.3 30 four.example}]"; err != nil || fmt.Sprint(list) != want {
		t.Error(list, err)
	}
	for host, hard := range map[string]bool{"x.example": false, "y.example": false, "z.example": true} {
		if _, err := Exchangers(z, host, true); err == nil || dns.Hard(err) != hard {
			t.Errorf("%s: %v", host, err)
		}
	}
}

// Equal exchangers come in different orders, better ones always first.
func TestShuffle(t *testing.T) {
	z := zone{"a.example MX": mx("9 l.example", "5 x.example", "5 y.example"), "l.example A": "192.0.2.9", "x.example A": "192.0.2.1", "y.example A": "192.0.2.2"}
	seen := map[string]bool{}
	for range 200 {
		list, err := Exchangers(z, "a.example", false)
		if err != nil {
			t.Fatal(err)
		}
		seen[fmt.Sprint(list)] = true
	}
	var orders []string
	for s := range seen {
		orders = append(orders, s)
	}
	sort.Strings(orders)
	if want := "[[{192.0.2.1 5 x.example} {192.0.2.2 5 y.example} {192.0.2.9 9 l.example}] [{192.0.2.2 5 y.example} {192.0.2.1 5 x.example} {192.0.2.9 9 l.example}]]"; fmt.Sprint(orders) != want {
		t.Error(orders)
	}
}

func TestTooMany(t *testing.T) {
	z := zone{"one.example A": strings.Repeat("192.0.2.1 ", 300)}
	var list []dns.MX
	for i := range 1000 {
		name := fmt.Sprint("m", i)
		list = append(list, dns.MX{Preference: uint16(i), Host: name})
		z[name+" A"] = "192.0.2.1 192.0.2.2 192.0.2.3 192.0.2.4 192.0.2.5 192.0.2.6"
	}
	z["a.example MX"] = list
	for _, host := range []string{"one.example", "a.example"} {
		if list, err := Exchangers(z, host, false); err != nil || len(list) != maxTargets {
			t.Errorf("%s: %d, %v", host, len(list), err)
		}
	}
}

func TestOwnAddressesUnknown(t *testing.T) {
	for _, route := range []string{"", "relay.example"} {
		e := engine(t, zone{}, nil, ":"+route)
		e.Local = func() ([]netip.Addr, error) { return nil, errors.New("no") }
		if got := text(e.Deliver(Job{Host: "a.example"})); got != "ZSystem resources temporarily unavailable. (#4.3.0)\n|" {
			t.Errorf("%q", got)
		}
	}
}

func TestNoSocket(t *testing.T) {
	e := engine(t, nil, net1{"192.0.2.1:25": &sock.OpenError{Err: syscall.EMFILE}}, ":192.0.2.1")
	if got := text(e.Deliver(Job{Host: "a.example"})); got != "ZSystem resources temporarily unavailable. (#4.3.0)\n|" {
		t.Errorf("%q", got)
	}
}

func TestTimeouts(t *testing.T) {
	table := filepath.Join(t.TempDir(), "tcpto")
	if err := os.WriteFile(table, make([]byte, tcpto.Size), 0o644); err != nil {
		t.Fatal(err)
	}
	n := net1{"192.0.2.1:25": syscall.ETIMEDOUT, "[2001:db8::1]:25": syscall.ETIMEDOUT}
	e := engine(t, zone{"a.example A": "192.0.2.1 192.0.2.2"}, n, "six.example:[::1]", "v6.example:[2001:db8::1]")
	e.TimedOut = tcpto.Table(table)
	clock := now
	e.Now = func() time.Time { return clock }
	ip := netip.MustParseAddr("192.0.2.1")
	resting := func(want bool) {
		t.Helper()
		if got, _ := e.TimedOut.Resting(ip, clock, 0); got != want {
			t.Errorf("resting: %v", got)
		}
	}
	e.Deliver(Job{Host: "a.example"})
	resting(false)
	clock = clock.Add(time.Hour)
	e.Deliver(Job{Host: "a.example"})
	resting(true)
	n["192.0.2.1:25"] = newPeer(t, "close")
	if got := text(e.Deliver(Job{Host: "a.example"})); !strings.HasPrefix(got, "ZSorry, I wasn't able") {
		t.Errorf("tried all the same: %q", got)
	}
	clock = clock.Add(2 * time.Hour)
	if got := text(e.Deliver(Job{Host: "a.example"})); !strings.HasPrefix(got, "ZConnected to 192.0.2.1") {
		t.Errorf("not tried: %q", got)
	}
	clock = clock.Add(-2 * time.Hour)
	resting(false)
	e.Deliver(Job{Host: "v6.example"}) // has no place in the table, and does no harm
}

func TestLiteral(t *testing.T) {
	for s, want := range map[string]string{
		"1.2.3.4": "1.2.3.4", "[1.2.3.4]": "1.2.3.4", "010.0.0.1": "10.0.0.1", "::1": "::1", "[::1]": "::1", "[ipv6:::1]": "::1",
		"[::ffff:1.2.3.4]": "1.2.3.4",
		"":                 "", "1.2.3": "", "1.2.3.4.5": "", "1.2.3.256": "", "1.2.3.4x": "", "[1.2.3.4": "", "[]": "", "[IPv6:]": "", "a:b": "", "1..2.3": "", "99999999999.1.1.1": "",
	} {
		ip, ok := Literal(s)
		if ok != (want != "") || ok && ip.String() != want {
			t.Errorf("%q: %v %v", s, ip, ok)
		}
	}
}
