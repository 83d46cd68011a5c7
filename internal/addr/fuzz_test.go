package addr

import (
	"slices"
	"strings"
	"testing"
)

var seeds = []string{
	"joe@host, Bob B. <bob@h+>, g: a, b;, (c) \"x y\"@[1.2] d",
	"<@a,@b:joe@host> <bob> ann@x <carl>", "g: a; h: b;", "a\\ b\\@c\\\n d", "((a)b\\)", "\"a\n b\"@h (x\n y)",
	"joe..@h.., @, ., <>, #@[], list-@host-@[]", "[x] <joe@host>", "\xff\x00\\.a", ";;", "<joe>>", "<<joe>",
}

// FuzzPrint: what is printed is one header field, and is read as the same
// again.
func FuzzPrint(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		tokens, err := Parse(s)
		if err != nil {
			return
		}
		text := Print("To:", tokens)
		if !oneField(text) {
			t.Fatalf("%q becomes %q: more than one field", s, text)
		}
		again, err := Parse(text[3:])
		if err != nil {
			t.Fatalf("%q becomes %q: %v", s, text, err)
		}
		if second := Print("To:", again); second != text {
			t.Fatalf("%q becomes %q, then %q", s, text, second)
		}
	})
}

// FuzzRewrite: any input is a list of addresses or is not; what comes out is
// one field that can be read.
func FuzzRewrite(f *testing.F) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, _, err := complete(s)
		if err != nil {
			return
		}
		if !oneField(out + "\n") {
			t.Fatalf("%q becomes %q: more than one field", s, out)
		}
		if _, err := Parse(out); err != nil {
			t.Fatalf("%q becomes %q: %v", s, out, err)
		}
	})
}

// FuzzList: lists as people write them, with or without commas, name the same
// people when they are rewritten a second time, and look the same.
func FuzzList(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
	f.Add([]byte("a list of some addresses, groups and comments"))
	f.Add([]byte{6, 1, 0, 6, 2, 0, 3, 3, 3, 1, 3, 7, 9, 9, 9})
	f.Fuzz(func(t *testing.T, choices []byte) {
		g := &grammar{choices: choices[:min(len(choices), 200)]}
		in := g.list()
		out, first, err := complete(in)
		if err != nil {
			t.Fatalf("%q: %v", in, err)
		}
		again, second, err := complete(out)
		if err != nil || again != out || !slices.Equal(first, second) {
			t.Fatalf("%q becomes %q for %q,\nthen %q for %q, %v", in, out, first, again, second, err)
		}
		for _, want := range g.boxes {
			if !slices.ContainsFunc(first, func(a string) bool { return strings.HasPrefix(a, want+"@") }) {
				t.Fatalf("%q: %q is not among %q", in, want, first)
			}
		}
	})
}

// oneField tells whether text is lines of which all but the first start with
// white space.
func oneField(text string) bool {
	lines := strings.Split(text, "\n")
	for _, line := range lines[1 : len(lines)-1] {
		if line == "" || line[0] != ' ' && line[0] != '\t' {
			return false
		}
	}
	return lines[len(lines)-1] == ""
}

// grammar writes lists as its choices say.
type grammar struct {
	choices []byte
	boxes   []string // who is on the list
}

func (g *grammar) pick(words ...string) string {
	if len(g.choices) == 0 {
		return words[0]
	}
	c := int(g.choices[0])
	g.choices = g.choices[1:]
	return words[c%len(words)]
}

func (g *grammar) list() string {
	var b strings.Builder
	for len(g.choices) > 0 {
		switch g.pick("box", "angle", "name", "group") {
		case "box":
			b.WriteString(g.box() + g.pick(",", ", ", " (c), ", ",,"))
		case "angle":
			b.WriteString("<" + g.pick("", "@r:", "@r,@s.t:", "(c)@r:") + g.box() + g.pick("", " ", "(c)") + ">" + g.pick(", ", "", " (c) ", " "))
		case "name":
			b.WriteString(g.pick("Joe ", "\"J. B\" ", "J. \\ B ", "(c) ") + "<" + g.box() + ">" + g.pick(", ", "\n ,"))
		case "group":
			b.WriteString(g.pick("g", "my friends", "\"a;b\"") + ": " + g.box())
			if g.pick("one", "two") == "two" {
				b.WriteString(", " + g.box())
			}
			b.WriteString(";" + g.pick(", ", " ", ""))
		}
	}
	return b.String()
}

func (g *grammar) box() string {
	box := g.pick("joe", "a.b", `"x y"`, `j\ x`, `b\,c`, "\"\xf6\"", `"<z>"`)
	g.boxes = append(g.boxes, Unquote(must(box)))
	return box + g.pick("", "@h", "@h.example", "@h+", "@ h . i+", "@[1.2.3.4]", "@h.", "@h(c)", "@h+(c)")
}
