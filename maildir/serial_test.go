package maildir

import (
	"bufio"
	"io"
	"strings"
	"testing"
)

func TestResults(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for _, c := range []struct {
		in   Result
		text string
	}{
		{Result{"new/a", 'K', "ok"}, "ok"},
		{Result{"new/a", 'Z', "a\x00b\r\nc\x80"}, "a?b??c?"},
		{Result{"", 'D', ""}, ""},
		{Result{"a", 'D', long}, long[:1999]},
	} {
		got, err := ReadResult(bufio.NewReader(strings.NewReader(string(c.in.Append(nil)))))
		if err != nil || got != (Result{c.in.Name, c.in.Status, c.text}) {
			t.Errorf("%.20q: %.40q %v", c.in, got, err)
		}
	}
	for in, want := range map[string]error{"": io.EOF, "a": io.EOF, "a\x00": io.EOF, "a\x00K": io.EOF, "a\x00Kx": io.EOF, strings.Repeat("x", 1<<17): ErrTooLong} {
		if _, err := ReadResult(bufio.NewReader(strings.NewReader(in))); err != want {
			t.Errorf("%.10q: %v", in, err)
		}
	}
	if Said("", "x") != "x" || Said("192.0.2.1", "x") != "192.0.2.1 said: x" {
		t.Error(Said("", "x"), Said("192.0.2.1", "x"))
	}
}

func FuzzReadResult(f *testing.F) {
	f.Add("new/a\x00Kfine\nnew/b\x00Z\n")
	f.Fuzz(func(t *testing.T, text string) {
		in := bufio.NewReader(strings.NewReader(text))
		read := ""
		for {
			r, err := ReadResult(in)
			if err != nil {
				break
			}
			read += r.Name + "\x00" + string([]byte{r.Status}) + r.Text + "\n"
		}
		if !strings.HasPrefix(text, read) {
			t.Errorf("%q is read as %q", text, read)
		}
	})
}
