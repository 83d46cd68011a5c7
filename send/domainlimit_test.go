package send

import "testing"

func TestDomainLimits(t *testing.T) {
	lines := []string{"Slow.Example:2", ".slow.example:3", "free.example:0", ":7", "none.example:", "x", "[IPv6:::1]:4", "odd.example:5 a day"}
	limits := NewDomainLimits(lines, 20)
	for domain, want := range map[string]int{
		"slow.example": 2, "a.slow.example": 3, "a.b.slow.example": 3, "free.example": 0, "none.example": 7, "x": 7, "": 7,
		"[ipv6:::1]": 4, "odd.example": 5, "notslow.example": 7,
	} {
		if got := limits.Of(domain); got != want {
			t.Errorf("%q: %d, not %d", domain, got, want)
		}
	}
	for _, c := range []struct {
		lines []string
		rest  int
		none  bool
		limit int
	}{
		{nil, 0, true, 0}, {nil, 20, false, 20}, {[]string{"9"}, 20, false, 9}, {[]string{"0"}, 20, false, 0},
		{[]string{"a:1"}, 20, false, 20}, {[]string{"a:1"}, 0, false, 0}, {[]string{"junk"}, 0, true, 0},
	} {
		l := NewDomainLimits(c.lines, c.rest)
		if l.None() != c.none || l.Of("z.example") != c.limit {
			t.Errorf("%q, %d: none %v, limit %d", c.lines, c.rest, l.None(), l.Of("z.example"))
		}
	}
	if got := Domain("a@b@C.Example"); got != "c.example" {
		t.Errorf("%q", got)
	}
}

func FuzzDomainLimit(f *testing.F) {
	for _, line := range []string{"", ":", "20", "a:1", ".A:99999999999", "[IPv6:::1]:4", "a:b:c", "a: 1"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		domain, limit, ok := ParseDomainLimit(line)
		if limit < 0 || !ok && limit != 0 {
			t.Errorf("%d, %v", limit, ok)
		}
		if got := NewDomainLimits([]string{line}, -1).Of(domain); ok && got != limit || !ok && got != -1 {
			t.Errorf("%d, not %d, of %q", got, limit, domain)
		}
	})
}

func TestUnreached(t *testing.T) {
	for text, want := range map[string]bool{
		"ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n":                               true,
		"ZSorry, I couldn't find any host by that name. (#4.1.2)\n":                                       true,
		"ZConnected to 192.0.2.1 but connection died. (#4.4.2)\n":                                         true,
		"ZConnected to 192.0.2.1 but connection died. Possible duplicate! (#4.4.2)\n":                     true,
		"ZConnected to 192.0.2.1 but greeting failed.\nRemote host said: 421 too many\n":                  true,
		"ZConnected to 192.0.2.1 but my name was rejected.\nRemote host said: 450 who\n":                  true,
		"ZConnected to 192.0.2.1 but sender was rejected.\nRemote host said: 450 but connection died. \n": false,
		"Z192.0.2.1 does not like recipient.\nRemote host said: 450 (#4.4.1)\n":                           false,
		"DSorry, I couldn't find any host named x. (#5.1.2)\n":                                            false,
		"DSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n":                               false,
		"K192.0.2.1 accepted message.\n":                                                                  false,
		"Zqmail-spawn unable to fork. (#4.3.0)\n":                                                         false,
	} {
		if got := (Report{Verdict: text[0], Text: text[1:]}).Unreached(); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}
