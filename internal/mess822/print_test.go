package mess822

import (
	"reflect"
	"strings"
	"testing"
)

func TestList(t *testing.T) {
	for in, want := range map[string]string{
		`Joe  "Q." P <joe@h> (at home)`:     `"Joe Q. P at home" <joe@h>`,
		"friends: a, (b) c@d;":              `"friends" <a>, "b" <c@d>`,
		"undisclosed-recipients:;":          `"undisclosed-recipients": ;`,
		"<@a,@b:joe@h>":                     `"@a@b" <joe@h>`,
		"<>":                                "<>",
		"joe@":                              "joe",
		"(x), a@b":                          `"x" <a@b>`,
		`"a b"@c, a\@b@c, j@[127.0.0.1]`:    `"a b"@c, "a@b"@c, j@[127.0.0.1]`,
		"a b c@d":                           "a, b, c@d",
		`"joe [x] \\ \""@h`:                 `"joe \[x\] \\ \""@h`,
		"a@b\x00":                           "a@\"b\\\x00\"",
		"a\t(x)\n b":                        `a, "x" <b>`,
		`(a\)b) "c\"d" <e@"f g">`:           `"a)b c\"d" <e@"f g">`,
		"joe@host.example (Joe (nested) B)": `"Joe (nested) B" <joe@host.example>`,
	} {
		if got := Print("", List(in)); got != want+"\n" {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestPrint(t *testing.T) {
	name := "new\nline"
	if got := Quote("a\nb@c", &name); got != `"new line" <"a b"@c>` {
		t.Errorf("a newline: %q", got)
	}
	a := "a@" + strings.Repeat("x", 30)
	got := Print("To: ", List(a+","+a+","+a+"y"))
	if want := "To: " + a + ", " + a + ",\n  " + a + "y\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := Print("To: ", List(" , ; ")); got != "" {
		t.Errorf("nobody: %q", got)
	}
}

// FuzzList: what is printed is one field, folded lines apart, and reading it
// again finds the same addresses.
func FuzzList(f *testing.F) {
	for _, s := range []string{"a@b, c", "x: <@r:a@b>;", "\"", "(", "[\\", "a <b@c> d:;", "<<>>", "\x00\xff", "a\n\n b\r@c", `"\[a"@[b]`, "g:;,(x)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list := List(s)
		field := Print("To: ", list)
		for i, line := range strings.Split(strings.TrimSuffix(field, "\n"), "\n") {
			if field != "" && (i == 0) == strings.HasPrefix(line, "  ") {
				t.Fatalf("%q: line %q", s, line)
			}
		}
		again := List(strings.ReplaceAll(strings.TrimPrefix(field, "To: "), "\n", ""))
		for _, l := range []*[]Item{&list, &again} {
			kept := []Item{}
			for _, item := range *l {
				if !item.Comment && !strings.ContainsAny(item.Text, "\n") {
					kept = append(kept, item)
				}
			}
			*l = kept
		}
		// A second at sign ends the quotes' work: the box is up to the last.
		if !strings.ContainsAny(s, "\n\r\t ") && strings.Count(s, "@") < 2 && !reflect.DeepEqual(list, again) {
			t.Fatalf("%q: %v, then %v from %q", s, list, again, field)
		}
	})
}
