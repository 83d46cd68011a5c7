package message

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"
)

// parts reads all of a message; a body line begins with "|".
func parts(t *testing.T, text string, limit int) []string {
	var got []string
	r := NewReader(iotest.OneByteReader(strings.NewReader(text)), limit)
	for {
		part, err := r.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		if err != nil {
			t.Fatal(err)
		}
		s := string(part.Text)
		if part.Body {
			s = "|" + s
		}
		if part.Cut {
			s += "..."
		}
		got = append(got, s)
	}
}

func TestParts(t *testing.T) {
	for _, c := range []struct {
		text  string
		limit int
		want  []string
	}{
		{"", 99, nil},
		{"\n", 99, []string{"|\n"}},
		{"A: b\n", 99, []string{"A: b\n"}},
		{"A: b", 99, []string{"A: b\n"}},
		{"A: b\n c\n\td\nE:\n\nbody\nlast", 99, []string{"A: b\n c\n\td\n", "E:\n", "|\n", "|body\n", "|last\n"}},
		{"A: b\nno field\n", 99, []string{"A: b\n", "|\n", "|no field\n"}},
		{"no field\nA: b\n", 99, []string{"|\n", "|no field\n", "|A: b\n"}},
		{" starts with a space\n", 99, []string{"|\n", "| starts with a space\n"}},
		{"From x\n y\nA: b\n", 99, []string{"MBOX-Line: From x\n y\n", "A: b\n"}},
		{"A \t: b\nB b: c\n", 99, []string{"A \t: b\n", "|\n", "|B b: c\n"}},
		{": b\n", 99, []string{"|\n", "|: b\n"}},
		{"é: b\n", 99, []string{"|\n", "|é: b\n"}},
		{"A:123\n", 5, []string{"A:123\n"}},
		{"A:1234\n1:\n\n1234567\nx\n", 5, []string{"A:123\n...", "1:\n", "|\n", "|12345\n...", "|x\n"}},
		{"A:123", 4, []string{"A:12\n..."}},
		{"A:1\n 4567\n 8\nB:\n", 6, []string{"A:1\n 8\n...", "B:\n"}},
	} {
		if got := parts(t, c.text, c.limit); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestReadError(t *testing.T) {
	broken := errors.New("broken")
	for _, text := range []string{"", "A: b\n", "A: b\n\nbody\n", "A: b"} {
		r := NewReader(io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), 99)
		var err error
		for err == nil {
			_, err = r.Next()
		}
		if !errors.Is(err, broken) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFieldNames(t *testing.T) {
	for _, c := range []struct {
		field string
		is    bool
		value string
	}{
		{"Subject: x\n", true, "x\n"},
		{"sUBJECT \t:\t x \n", true, "x \n"},
		{"Subject:\n x\n", true, "x\n"},
		{"Subject:\n", true, ""},
		{"Subject", false, ""},
		{"Subjects: x\n", false, "x\n"},
		{"Sub: x\n", false, "x\n"},
	} {
		if got := Is([]byte(c.field), "subject"); got != c.is {
			t.Errorf("%q: %v", c.field, got)
		}
		if got := string(Value([]byte(c.field))); got != c.value {
			t.Errorf("%q: %q, want %q", c.field, got, c.value)
		}
	}
}

// Nothing of a message is lost or made up but the From_ line's name, the
// empty line before a body and the last newline.
func FuzzParts(f *testing.F) {
	for _, s := range []string{"A: b\n c\n\nbody\n", "no field\n", "From x\nA: b", "\n", "A: b\n c", "A:\x00\n\xff\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var all []byte
		r := NewReader(bytes.NewReader(text), 1<<20)
		madeUp := false
		for {
			part, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if bytes.HasPrefix(part.Text, []byte(mboxLine)) && !bytes.HasPrefix(text[len(all):], []byte(mboxLine)) {
				part.Text = part.Text[len(mboxLine):]
			}
			if part.Body && !madeUp && string(part.Text) == "\n" && !bytes.HasPrefix(text[len(all):], []byte("\n")) {
				madeUp = true
				continue
			}
			all = append(all, part.Text...)
		}
		if len(text) > 0 && text[len(text)-1] != '\n' {
			text = append(bytes.Clone(text), '\n')
		}
		if !bytes.Equal(all, text) {
			t.Errorf("%q became %q", text, all)
		}
	})
}
