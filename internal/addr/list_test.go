package addr

import (
	"reflect"
	"strings"
	"testing"
)

var testRules = Rules{Host: must("@dh.example"), Domain: must(".dd.example"), Plus: must(".plus.example")}

func must(s string) []Token {
	tokens, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return tokens
}

// complete rewrites a list and returns it with its addresses, the last first.
func complete(in string) (out string, list []string, err error) {
	tokens, err := Parse(in)
	if err != nil {
		return "", nil, err
	}
	tokens, err = Rewrite(tokens, func(a []Token) []Token {
		a = testRules.Complete(a)
		list = append(list, Unquote(a))
		return a
	})
	return strings.TrimSuffix(Print("", tokens), "\n"), list, err
}

func TestRewrite(t *testing.T) {
	for _, c := range []struct{ in, out, list string }{
		{"", "", ""},
		{"joe", "joe@dh.example", "joe@dh.example"},
		{"joe@h", "joe@h.dd.example", "joe@h.dd.example"},
		{"joe@h+", "joe@h.plus.example", "joe@h.plus.example"},
		{"joe@a.b+", "joe@a.b.plus.example", "joe@a.b.plus.example"},
		{"joe@h.", "joe@h.dd.example", "joe@h.dd.example"},
		{"joe@", "joe@dh.example", "joe@dh.example"},
		{"joe@[1.2]", "joe@[1.2]", "joe@[1.2]"},
		{"#@[]", "#@[]", "#@[]"},
		{"<>, <.>, <@>", "<>, <>, <>", "  "},
		{"<@r:joe>", "<joe@dh.example>", "joe@dh.example"},
		{"<@r,@s:joe@h>", "<joe@h.dd.example>", "joe@h.dd.example"},
		{"<@r>", "<>", ""},
		{"Joe B. <joe>, bob", "Joe B. <joe@dh.example>, bob@dh.example", "bob@dh.example joe@dh.example"},
		{"a b", "a@dh.example, b@dh.example", "b@dh.example a@dh.example"},
		{"joe@h (c) bob", "joe@h.dd.example, bob@dh.example (c)", "bob@dh.example joe@h.dd.example"},
		{"(a)joe(b)@(c)h(d)", "joe@h.dd.example (a) (b) (c) (d)", "joe@h.dd.example"},
		{"g: a, b;, c", "g: a@dh.example, b@dh.example;, c@dh.example", "c@dh.example b@dh.example a@dh.example"},
		{"x@y <a@b>", "x@y <a@b.dd.example>", "a@b.dd.example"},
		// Nobody is lost for want of a comma.
		{"g: a; h: b;", "g: a@dh.example;, h: b@dh.example;", "b@dh.example a@dh.example"},
		{"<a>g: b;", "<a@dh.example>, g: b@dh.example;", "b@dh.example a@dh.example"},
		{"a>g: b;", "a>g: b@dh.example;", "b@dh.example"},
		{"<a@b> c@d <e@f>", "<a@b.dd.example>, c@d.dd.example, <e@f.dd.example>", "e@f.dd.example c@d.dd.example a@b.dd.example"},
		{"<a@b> c@d . x E. F (g) <e@f>", "<a@b.dd.example>, c@d.x, E.F (g) <e@f.dd.example>", "e@f.dd.example c@d.x a@b.dd.example"},
		{"<a@b> Carl D <e@f>", "<a@b.dd.example>Carl D <e@f.dd.example>", "e@f.dd.example a@b.dd.example"},
		// Comments are white space.
		{"<joe@h+(c)>", "<joe@h (c).plus.example>", "joe@h.plus.example"},
		{"<joe@h.(c)>", "<joe@h (c).dd.example>", "joe@h.dd.example"},
		{"<(c)@r:joe>", "<joe@dh.example>", "joe@dh.example"},
		{"<(c)>", "<(c)>", ""},
		{"<joe@[](c)>", "<joe@[] (c)>", "joe@[]"},
		// A word stays one word.
		{`joe\ x@h`, `"joe x"@h.dd.example`, "joe x@h.dd.example"},
	} {
		out, list, err := complete(c.in)
		got := strings.Join(list, " ")
		if err != nil || out != c.out || got != c.list {
			t.Errorf("%q: %q %q, %v; want %q %q", c.in, out, got, err, c.out, c.list)
		}
	}
	for _, in := range []string{";;", "g: h: a; ;", "a: b", "a>", "g: a;;", "@r:a@b"} {
		if out, list, err := complete(in); err != ErrSyntax {
			t.Errorf("%q: %q %q, %v; want ErrSyntax", in, out, list, err)
		}
	}
}

func TestCompleteLeavesItsArgument(t *testing.T) {
	a := must("joe@h+")
	before := append([]Token(nil), a...)
	testRules.Complete(a)
	testRules.Complete(a[:1:3])
	if !reflect.DeepEqual(a, before) {
		t.Errorf("changed to %s", show(a))
	}
	if got := Unquote(testRules.Host); got != "@dh.example" {
		t.Errorf("rules changed to %s", got)
	}
}
