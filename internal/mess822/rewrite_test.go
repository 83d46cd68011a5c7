package mess822

import (
	"strings"
	"testing"
)

func TestRules(t *testing.T) {
	rules := ParseRules([]string{"*.:", "=:vangogh", "no rule", "=", "*+:.plus", "?:.cs.b", "*.B:.berkeley.edu", "-.local:cs.berkeley.edu", "=x.[1]:[2]:3"})
	if len(rules) != 7 {
		t.Errorf("%d rules", len(rules))
	}
	for in, want := range map[string]string{
		"joe":            "joe@vangogh.cs.berkeley.edu",
		"joe@":           "joe@vangogh.cs.berkeley.edu",
		"joe@.":          "joe@vangogh.cs.berkeley.edu",
		"joe@h.b.":       "joe@h.berkeley.edu",
		"joe@a+":         "joe@a.plus",
		"joe@me.LOCAL":   "joe@cs.berkeley.edu",
		"joe@[127.1]":    "joe@[127.1]",
		"joe@X.[1]":      "joe@[2]:3",
		"":               "",
		"@":              "",
		"@x":             "@x.cs.berkeley.edu",
		"joe@home@a.edu": "joe@home@a.edu",
	} {
		if got := rules.Address(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := DefaultRules("dh", "dd", "pd").Address("joe"); got != "joe@dh.dd" {
		t.Errorf("default rules: %q", got)
	}
	if got := Rules(nil).Address("joe"); got != "joe@" {
		t.Errorf("no rules: %q", got)
	}
}

// FuzzRule: an instruction changes what it says and nothing else.
func FuzzRule(f *testing.F) {
	for _, s := range []string{"*.:", "=:a", "?:.b", "-.local:x", "*a", "", "?a:b:c", "=\xff:\x00"} {
		f.Add(s, "host.local")
	}
	f.Fuzz(func(t *testing.T, s, host string) {
		rule, ok := ParseRule(s)
		if !ok {
			return
		}
		if string(rule.Kind)+rule.End+":"+rule.New != s {
			t.Fatalf("%q is read as %q", s, rule)
		}
		got := Rules{rule}.Host(host)
		if got != host && (!strings.HasSuffix(got, rule.New) || !strings.EqualFold(host[len(host)-len(rule.End):], rule.End)) {
			t.Fatalf("%q makes %q of %q", s, got, host)
		}
		if rule.Kind == '*' && got == host && strings.HasSuffix(host, rule.End) && rule.End != rule.New {
			t.Fatalf("%q leaves %q", s, host)
		}
	})
}
