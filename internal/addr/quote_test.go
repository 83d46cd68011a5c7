package addr

import "testing"

func TestQuoteAddress(t *testing.T) {
	for in, want := range map[string]string{
		"":             "",
		"joe":          "joe",
		"a.b@c":        "a.b@c",
		"a b@c d":      `"a b"@c d`,
		"a@b@c":        `"a@b"@c`,
		"@c":           `""@c`,
		".a":           `".a"`,
		"a..b":         `"a..b"`,
		"a\"\\\n":      "\"a\\\"\\\\\\\n\"",
		"b\xf6b@h":     "\"b\xf6b\"@h",
		"!#$%&'*+-/=?": "!#$%&'*+-/=?",
		"a(b)":         `"a(b)"`,
	} {
		if got := QuoteAddress(in); got != want {
			t.Errorf("QuoteAddress(%q) = %q, want %q", in, got, want)
		}
	}
}
