package message

import (
	"bufio"
	"errors"
	"strings"
	"testing"
	"testing/iotest"
)

func TestHeader(t *testing.T) {
	for _, c := range []struct{ in, header, end, fields string }{
		{"", "", "", ""},
		{"A: b\n c\n\nbody\n", "A: b\n c\n", "\n", "A= b c|"},
		{"A\t:b\nA:\nbody: no: x\n", "A\t:b\nA:\nbody: no: x\n", "", "A=b|A=|body= no: x|"},
		{" fold\nA: b", " fold\nA: b", "", "=fold|A= b|"},
		{"From x y:z\nA: b\n", "", "From x y:z\n", ""},
		{"A: b\nbody\n", "A: b\n", "body\n", "A= b|"},
		{"A: b\r\n\r\nbody\r\n", "A: b\r\n", "\r\n", "A= b\r|"},
		{"A: x\x00y\n: none\n", "A: x\x00y\n", ": none\n", "A= x\x00y|"},
	} {
		header, fields := "", ""
		end, err := Header(bufio.NewReader(strings.NewReader(c.in)), func(line string) { header += line })
		if header != c.header || end != c.end || err != nil {
			t.Errorf("%q: %q, %q, %v", c.in, header, end, err)
		}
		err = Fields(bufio.NewReader(strings.NewReader(c.in)), func(name, contents string) { fields += name + "=" + contents + "|" })
		if fields != c.fields || err != nil {
			t.Errorf("%q: %q, %v", c.in, fields, err)
		}
	}
}

func TestHeaderErrors(t *testing.T) {
	none := func(string, string) {}
	broken := errors.New("broken")
	if err := Fields(bufio.NewReader(iotest.ErrReader(broken)), none); err != broken {
		t.Error(err)
	}
	long := "A: " + strings.Repeat(strings.Repeat("x", 1<<20)+"\n ", 17) + "\n"
	if err := Fields(bufio.NewReader(strings.NewReader(long)), none); err != ErrTooLong {
		t.Error(err)
	}
	if _, err := Header(bufio.NewReader(strings.NewReader(strings.Repeat("x", 17<<20))), func(string) {}); err != ErrTooLong {
		t.Error(err)
	}
}

func FuzzFields(f *testing.F) {
	f.Add("A: b\n c\nD\t:e\n\nbody")
	f.Add(" fold\nFrom x\n")
	f.Fuzz(func(t *testing.T, text string) {
		header := ""
		end, err := Header(bufio.NewReader(strings.NewReader(text)), func(line string) { header += line })
		if err != nil || !strings.HasPrefix(text, header+end) {
			t.Errorf("%q: %q, %q, %v", text, header, end, err)
		}
		err = Fields(bufio.NewReader(strings.NewReader(text)), func(name, contents string) {
			if strings.ContainsAny(name, ": \t\n") || strings.Contains(contents, "\n") {
				t.Errorf("%q: %q, %q", text, name, contents)
			}
		})
		if err != nil {
			t.Error(err)
		}
	})
}
