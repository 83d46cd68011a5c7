package setup

import "testing"

func TestDomains(t *testing.T) {
	for _, c := range []struct{ fqdn, defaultDomain, plusDomain string }{
		{"host", "host", "host"},
		{"example.org", "example.org", "example.org"},
		{"mail.example.org", "example.org", "example.org"},
		{"a.b.example.org", "b.example.org", "example.org"},
		{"a..b.c", ".b.c", "b.c"},
		{"", "", ""},
	} {
		d, p := Domains(c.fqdn)
		if d != c.defaultDomain || p != c.plusDomain {
			t.Errorf("%q: %q %q", c.fqdn, d, p)
		}
	}
}
