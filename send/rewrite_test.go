package send

import (
	"strings"
	"testing"
)

var rules = NewRules(
	[]string{"test.example", "Mixed.Example", "[127.0.0.1]"},
	[]string{
		"virt.example:joe", ".dot.example:dots", "user@addr.example:someone", "exc.dot.example:", "user@exc.example:",
		"exc.example:exc", "a.b.example:one", ".b.example:two", "d.example:with-dash", "no colon", "test.example:never",
		"u@virt.example:jane",
	},
	[]string{"hack.example"},
	"def.example",
)

func TestRewrite(t *testing.T) {
	for _, c := range []struct {
		recipient, address string
		channel            Channel
	}{
		{"u@test.example", "u@test.example", Local},
		{"u@TEST.example", "u@TEST.example", Local},
		{"u@mixed.example", "u@mixed.example", Local},
		{"u@[127.0.0.1]", "u@[127.0.0.1]", Local},
		{"u@sub.test.example", "u@sub.test.example", Remote},
		{"u@[127.0.0.2]", "u@[127.0.0.2]", Remote},
		{"a@b@test.example", "a@b@test.example", Local},
		{"a@test.example@far.example", "a@test.example@far.example", Remote},
		{"", "@def.example", Remote},
		{"u", "u@def.example", Remote},
		{"u@", "u@", Remote},
		{"@test.example", "@test.example", Local},
		{"u@test.example ", "u@test.example ", Remote},
		{"v@virt.example", "joe-v@virt.example", Local},
		{"V@VIRT.example", "joe-V@VIRT.example", Local},
		{"v@sub.virt.example", "v@sub.virt.example", Remote},
		{"u@virt.example", "jane-u@virt.example", Local},
		{"u@dot.example", "u@dot.example", Remote},
		{"u@x.dot.example", "dots-u@x.dot.example", Local},
		{"u@y.x.dot.example", "dots-u@y.x.dot.example", Local},
		{"u@exc.dot.example", "u@exc.dot.example", Remote},
		{"user@addr.example", "someone-user@addr.example", Local},
		{"USER@addr.example", "someone-USER@addr.example", Local},
		{"user-ext@addr.example", "user-ext@addr.example", Remote},
		{"user@exc.example", "user@exc.example", Remote},
		{"other@exc.example", "exc-other@exc.example", Local},
		{"u@a.b.example", "one-u@a.b.example", Local},
		{"u@x.b.example", "two-u@x.b.example", Local},
		{"u@d.example", "with-dash-u@d.example", Local},
		{"u%test.example@hack.example", "u@test.example", Local},
		{"u%far.example@HACK.example", "u@far.example", Remote},
		{"u%virt.example%hack.example@hack.example", "jane-u@virt.example", Local},
		{"u@hack.example", "u@hack.example", Remote},
		{"u%test.example@far.example", "u%test.example@far.example", Remote},
		{"%test.example@hack.example", "@test.example", Local},
		{"u%@hack.example", "u@", Remote},
	} {
		address, channel := rules.Rewrite(c.recipient)
		if address != c.address || channel != c.channel {
			t.Errorf("%q: %q %v, want %q %v", c.recipient, address, channel, c.address, c.channel)
		}
	}
}

func TestRewriteCatchAll(t *testing.T) {
	r := NewRules(nil, []string{":catch", "out.example:"}, nil, "def.example")
	for recipient, want := range map[string]string{"u@any": "catch-u@any", "u@": "catch-u@", "u@out.example": "u@out.example", "u": "catch-u@def.example"} {
		if got, _ := r.Rewrite(recipient); got != want {
			t.Errorf("%q: %q, want %q", recipient, got, want)
		}
	}
}

func TestOriginal(t *testing.T) {
	for recipient, want := range map[string]string{
		"joe-v@virt.example":        "v@virt.example",
		"joe-joe-v@virt.example":    "joe-v@virt.example",
		"jane-u@virt.example":       "u@virt.example",
		"joe-u@virt.example":        "joe-u@virt.example", // u@virt.example would have gone to jane
		"someone-user@addr.example": "user@addr.example",
		"someone-else@addr.example": "someone-else@addr.example",
		"dots-u@y.x.dot.example":    "u@y.x.dot.example",
		"dots-u@exc.dot.example":    "dots-u@exc.dot.example",
		"with-dash-u@d.example":     "u@d.example",
		"never-u@test.example":      "never-u@test.example", // a local name
		"joe@virt.example":          "joe@virt.example",
		"joe-@virt.example":         "@virt.example",
		"joe":                       "joe",
		"":                          "",
	} {
		if got := rules.Original(recipient); got != want {
			t.Errorf("%q: %q, want %q", recipient, got, want)
		}
	}
}

func TestWithDomains(t *testing.T) {
	r := rules.WithDomains([]string{"new.example"}, []string{"x@y.example:p"})
	for recipient, want := range map[string]string{
		"u@new.example": "u@new.example", "u%new.example@hack.example": "u@new.example", "x@y.example": "p-x@y.example",
		"u": "u@def.example", "v@virt.example": "v@virt.example",
	} {
		if got, _ := r.Rewrite(recipient); got != want {
			t.Errorf("%q: %q, want %q", recipient, got, want)
		}
	}
	if got := r.Original("p-x@y.example"); got != "x@y.example" {
		t.Error(got)
	}
}

// What is local has its original address back in a bounce, unless two rules
// make one address of two.
func FuzzRewrite(f *testing.F) {
	for _, s := range []string{"u@virt.example", "user@addr.example", "a%b%hack.example@hack.example", "@", "u@x.dot.example", "-@d.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, recipient string) {
		if strings.Contains(recipient, "\x00") {
			return
		}
		address, c := rules.Rewrite(recipient)
		if !strings.Contains(address, "@") {
			t.Fatalf("%q: no host in %q", recipient, address)
		}
		if why, ch, reasons := rules.Explain(recipient); why != address || ch != c || len(reasons) > 0 && c == Local && reasons[len(reasons)-1].Text != address {
			t.Errorf("%q: %q %v, explained as %q %v %+v", recipient, address, c, why, ch, reasons)
		}
		again, _ := rules.Rewrite(rules.unpercent(recipient, func(string) {}))
		if again != address {
			t.Fatalf("%q: %q, then %q", recipient, address, again)
		}
		if c == Local && rules.Original(address) != rules.unpercent(recipient, func(string) {}) {
			t.Fatalf("%q became %q, and that %q", recipient, address, rules.Original(address))
		}
		if c == Remote && address != rules.unpercent(recipient, func(string) {}) {
			t.Fatalf("%q: remote as %q", recipient, address)
		}
	})
}
