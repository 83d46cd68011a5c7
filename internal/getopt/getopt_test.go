package getopt

import (
	"strings"
	"testing"
)

// read plays a parser to its end: "a b=1 !c | rest", a '!' before a bad letter.
func read(letters string, args ...string) string {
	p := New(letters, args)
	var got []string
	for p.Next() || p.Err != nil {
		word := string(p.Opt)
		if p.Err != nil {
			word = "!" + word
		} else if p.Arg != "" {
			word += "=" + p.Arg
		}
		got = append(got, word)
	}
	return strings.Join(got, " ") + " | " + strings.Join(p.Args, " ")
}

func TestNext(t *testing.T) {
	for _, c := range []struct{ letters, args, want string }{
		{"ab:", "-a -b1 x", "a b=1 | x"},
		{"ab:", "-ab1 -b 2 x -a", "a b=1 b=2 | x -a"},
		{"ab:", "-aa -- -a", "a a | -a"},
		{"ab:", "--a -a", " | -a"},
		{"ab:", "- -a", " | - -a"},
		{"ab:", "-ca x", "!c a | x"},
		{"ab:", "-b", "!b | "},
		{"ab:", "-a:", "a !: | "},
		{"", "", " | "},
	} {
		if got := read(c.letters, strings.Fields(c.args)...); got != c.want {
			t.Errorf("%q %q: %q, want %q", c.letters, c.args, got, c.want)
		}
	}
}

func TestSkip(t *testing.T) {
	p := New("aE", []string{"-Exyz", "-a", "w"})
	p.Next()
	p.Skip()
	if more := p.Next(); !more || p.Opt != 'a' {
		t.Errorf("after Skip: %v %v %c", more, p.Err, p.Opt)
	}
}

func TestProblem(t *testing.T) {
	p := New("b:", []string{"-xb"})
	for _, want := range []string{"", "sendmail: illegal option -- x", "sendmail: option requires an argument -- b", ""} {
		if got := p.Problem("sendmail"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		p.Next()
	}
}
