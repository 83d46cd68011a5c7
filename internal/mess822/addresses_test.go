package mess822

import (
	"slices"
	"strings"
	"testing"
)

func TestAddresses(t *testing.T) {
	for in, want := range map[string]string{
		"":                                     "",
		"joe@host.example":                     "joe@host.example",
		" Joe Q. Public <joe@h> , bob@i ":      "joe@h bob@i",
		"joe":                                  "joe@",
		"joe bob":                              "joe@ bob@",
		"<>":                                   "@",
		"friends: a@b, c@d;, e@f":              "a@b c@d e@f",
		"undisclosed-recipients:;":             "",
		"<@a,@b:joe@h>":                        "joe@h",
		"<a@b> <c@d>":                          "a@b c@d",
		"a . b @ c . d (comment (nested) \\))": "a.b@c.d",
		`"quoted \" box"@h`:                    `quoted " box@h`,
		"joe@[127.0.0.1]":                      "joe@[127.0.0.1]",
		`j\@x@h`:                               "j@x@h",
		`"open <joe@h>`:                        "open <joe@h>@",
		"(open joe@h":                          "",
		"a@b,\n\tc@d\n":                        "a@b c@d",
		"joe@h>":                               "joe@h",
		")a@b":                                 ")a@b",
	} {
		var list []string
		if want != "" {
			list = strings.Split(want, " ")
		}
		switch in {
		case `"quoted \" box"@h`, `"open <joe@h>`:
			list = []string{want}
		}
		if got := Addresses(in); !slices.Equal(got, list) {
			t.Errorf("%q: %q, want %q", in, got, list)
		}
	}
}

// FuzzAddresses: whatever a field holds, each address has an at sign, and a
// plain one in front of it is still found.
func FuzzAddresses(f *testing.F) {
	for _, s := range []string{"a@b, c", "x: <@r:a@b>;", "\"", "(", "[\\", "a <b@c> d:;", "<<>>", "\x00\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, a := range Addresses(s) {
			if !strings.Contains(a, "@") {
				t.Fatalf("%q names %q", s, a)
			}
		}
		if got := Addresses("joe@host.example, x y: z;," + s); !slices.Contains(got, "joe@host.example") && !strings.ContainsAny(s, ">:") {
			t.Fatalf("%q hides the address before it: %q", s, got)
		}
	})
}
