package remote

import (
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	r := NewRoutes([]string{
		"exact.example:one", ".example:two:26", ".none.example:", "Case.example:three", "twice.example:x", "twice.example:four",
		"host:5.6.7.8", "br.example:[1.2.3.4]:2525", "junk.example:one:25:x", "six.example:[::1]", "sixp.example:[IPv6:2001:db8::1]:26",
		"odd.example:[::1", "no colon",
	})
	for host, want := range map[string]Route{
		"exact.example": {"one", 25, true}, "EXACT.example": {"one", 25, true}, "a.example": {"two", 26, true}, "example": {Port: 25},
		"x.none.example": {Port: 25}, "a.b.none.example": {Port: 25}, "none.example": {"two", 26, true},
		"case.example": {"three", 25, true}, "twice.example": {"four", 25, true}, "other.test": {Port: 25},
		"br.example": {"[1.2.3.4]", 2525, true}, "junk.example": {"one", 25, true}, "six.example": {"[::1]", 25, true},
		"sixp.example": {"[IPv6:2001:db8::1]", 26, true}, "": {Port: 25}, ".": {Port: 25}, "host.": {Port: 25},
	} {
		if got, err := r.Find(host); err != nil || got != want {
			t.Errorf("%q: %+v %v", host, got, err)
		}
	}
	if _, err := r.Find("odd.example"); err != errPort {
		t.Error(err)
	}
	all := NewRoutes([]string{":all", ".a.example:"})
	if got, _ := all.Find("x.a.example"); got.fixed {
		t.Errorf("%+v", got)
	}
	if got, _ := all.Find("a.example"); got.Relay != "all" {
		t.Errorf("%+v", got)
	}
}

func TestParseRoutePort(t *testing.T) {
	for s, want := range map[string]uint16{
		"h:1": 1, "h:65535": 65535, "h:0025": 25, "h:26 ": 26,
		"h:": 0, "h:x": 0, "h:0": 0, "h:65536": 0, "h:99999999999999999999": 0, "h: 25": 0, "h:-1": 0, "[::1]:": 0, "::1": 0,
	} {
		got, err := ParseRoute(s)
		if want == 0 && err != errPort || want != 0 && (err != nil || got.Port != want) {
			t.Errorf("%q: %+v %v", s, got, err)
		}
	}
}

func FuzzParseRoute(f *testing.F) {
	for _, s := range []string{"", "h", "h:25", "[::1]:26", "[::1", "]:[", ":", "[", "h:25:x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, err := ParseRoute(s)
		if err != nil {
			return
		}
		if r.Port == 0 || !strings.HasPrefix(s, r.Relay) || r.fixed != (s != "") {
			t.Fatalf("%q: %+v", s, r)
		}
		Literal(r.Relay)
		safe(s)
	})
}
