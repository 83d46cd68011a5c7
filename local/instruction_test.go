package local

import (
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for text, want := range map[string][]Instruction{
		"./Mailbox":           {{Mbox, "./Mailbox"}},
		"./Mailbox \t\n":      {{Mbox, "./Mailbox"}},
		"/m/\n./m/ \n":        {{Maildir, "/m/"}, {Maildir, "./m/"}},
		"|a | b\n|\n":         {{Program, "a | b"}, {Program, ""}},
		"&a@b\n&&c@d\n":       {{Forward, "a@b"}, {Forward, "&c@d"}},
		"a@b\n1@c\n a@b\n":    {{Forward, "a@b"}, {Forward, "1@c"}, {Forward, " a@b"}},
		"#\n\n \t\n+x\n# y\n": nil,
		"+list\n+list \n":     {{List, "list"}, {List, "list"}},
		"#\n+list\x00x\na":    {{List, "list\x00x"}, {Forward, "a"}},
		"./a\x00b\n\x00b\n":   {{Mbox, "./a\x00b"}},
		"./a\x00/\n":          {{Maildir, "./a\x00/"}},
		"./a\r\n":             {{Mbox, "./a\r"}},
	} {
		got, err := Parse(text)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
	for _, text := range []string{"", "\n./m\n", "  \t\n./m", "\x00\x00\x00"} {
		if got, err := Parse(text); err != ErrBlank {
			t.Errorf("%q: %q %v", text, got, err)
		}
	}
}

func TestArgumentEndsAtNUL(t *testing.T) {
	in := Instruction{Forward, "c\x00d"}
	if in.Argument() != "c" || in.String() != "forward c\x00d" {
		t.Errorf("%q %q", in.Argument(), in.String())
	}
}

// Every instruction comes from a line of its own, in order, and says what
// that line's first character means.
func FuzzParse(f *testing.F) {
	f.Add("./Mailbox\n|p\n&a\n+list\n#\n\n./m/")
	f.Add("\x00")
	f.Add("#\n \t\n/\n.\n")
	f.Fuzz(func(t *testing.T, text string) {
		list, err := Parse(text)
		lines := strings.Split(text, "\n")
		if (err != nil) != (strings.TrimRight(lines[0], " \t") == "" || lines[0][0] == 0) {
			t.Fatalf("%q: %v", text, err)
		}
		marks := map[Kind]string{Mbox: "./", Maildir: "./", Program: "|", List: "+"}
		for _, in := range list {
			line := in.Text
			if in.Kind == Program || in.Kind == List {
				line = marks[in.Kind] + line
			}
			for len(lines) > 0 && strings.TrimRight(lines[0], " \t") != line &&
				!(in.Kind == Forward && strings.TrimRight(lines[0], " \t") == "&"+line) {
				lines = lines[1:]
			}
			if len(lines) == 0 {
				t.Fatalf("%q: no line for %v", text, in)
			}
			if mark, ok := marks[in.Kind]; ok && !strings.ContainsRune(mark, rune(lines[0][0])) {
				t.Fatalf("%q became %v", lines[0], in)
			}
			lines = lines[1:]
		}
	})
}
