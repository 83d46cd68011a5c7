package addr

import (
	"strings"
	"testing"
)

// show writes tokens so that kinds can be told apart in a failure.
func show(tokens []Token) string {
	names := [...]string{"?", "a:", "q:", "l:", "c:", "<", ">", "@", ",", ";", ":", "."}
	words := make([]string, len(tokens))
	for i, t := range tokens {
		words[i] = names[t.Kind] + t.Text
	}
	return strings.Join(words, " ")
}

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" \t\r\n", ""},
		{"joe@host.example", "a:joe @ a:host . a:example"},
		{"<@a,@b:joe>;", "< @ a:a , @ a:b : a:joe > ;"},
		{`"a \"b\\"`, `q:a "b\`},
		{`(a (b) \) c)`, `c:a b ) c`},
		{`[127.0.0.1]`, `l:127.0.0.1`},
		{`[a[b\]c]`, `l:a[b]c`},
		{`jo)e]`, `q:jo)e]`},
		{"j\xf6e", "q:j\xf6e"},
		{"a\x01", "q:a\x01"},
		// Words that need quotes when they are written again.
		{`joe\ x`, `q:joe x`},
		{`a\,b`, `q:a,b`},
		{`a\@b`, `q:a@b`},
		{`\.a b\.`, `q:.a q:b.`},
		{`a\.b`, `a:a.b`},
		{`a\(b`, `a:a(b`},
		{`\`, `q:`},
		{"a\\\n b", "q:a  a:b"},
		{"\"a\n b\"", "q:a\n b"},
	} {
		tokens, err := Parse(c.in)
		if err != nil || show(tokens) != c.want {
			t.Errorf("Parse(%q) = %s, %v; want %s", c.in, show(tokens), err, c.want)
		}
	}
	for _, in := range []string{"(", "(a(b)", `(a\)`, `(\`, `"a`, `"a\"`, "[a", `[\`, ")", "]", "a )", "joe@[1.2.3.4"} {
		if tokens, err := Parse(in); err != ErrSyntax {
			t.Errorf("Parse(%q) = %s, %v; want ErrSyntax", in, show(tokens), err)
		}
	}
}

func TestUnquote(t *testing.T) {
	for in, want := range map[string]string{
		`"a b" . c @ (x) [1.2] . d`: "a b.c@[1.2].d",
		`<>,;:`:                     "<>,;:",
		"\"\x00\"":                  "\x00",
		"":                          "",
	} {
		tokens, err := Parse(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := Unquote(tokens); got != want {
			t.Errorf("Unquote(%q) = %q, want %q", in, got, want)
		}
	}
}

func TestPrint(t *testing.T) {
	long := strings.Repeat("x", 36)
	for _, c := range []struct{ start, in, want string }{
		{"To:", "", "To:\n"},
		{"To:", "a", "To: a\n"},
		{"", "a", "a\n"},
		{"To:", "a ,b,,c", "To: a, b, , c\n"},
		{"To:", "Joe<a@b>(c)", "To: Joe <a@b>(c)\n"},
		{"To:", "g:a;b", "To: g: a;b\n"},
		{"To:", `"a(b)[c]" d\(`, `To: "a\(b\)\[c\]" d\(` + "\n"},
		{"To:", "(a\n b)", "To: (a\\\n b)\n"},
		{"To:", "\"a\\\nb\"", "To: \"a b\"\n"},
		{"To:", long + "," + long, "To: " + long + ", " + long + "\n"},
		{"To:", long + "," + long + "y", "To: " + long + ",\n  " + long + "y\n"},
		{"To:", long + ",a," + long + ",b", "To: " + long + ", a,\n  " + long + ", b\n"},
	} {
		tokens, err := Parse(c.in)
		if err != nil {
			t.Fatal(err)
		}
		if got := Print(c.start, tokens); got != c.want {
			t.Errorf("Print(%q, %q) = %q, want %q", c.start, c.in, got, c.want)
		}
	}
}
