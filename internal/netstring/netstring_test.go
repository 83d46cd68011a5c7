package netstring

import (
	"io"
	"strings"
	"testing"
)

func TestReadLength(t *testing.T) {
	for _, c := range []struct {
		in   string
		want int64
		err  error
	}{
		{"5:hello,", 5, nil}, {"0:,", 0, nil}, {"007:", 7, nil}, {"100:", 100, nil},
		{"101:", 0, ErrLength}, {"99999999999999999999999999:", 0, ErrLength}, {"0000000000000000000000001:", 0, ErrLength},
		{":", 0, ErrFormat}, {"x", 0, ErrFormat}, {"1x", 0, ErrFormat}, {"-1:", 0, ErrFormat},
		{"", 0, io.EOF}, {"12", 0, io.EOF},
	} {
		if n, err := ReadLength(strings.NewReader(c.in), 100); n != c.want || err != c.err {
			t.Errorf("%q: %d %v, want %d %v", c.in, n, err, c.want, c.err)
		}
	}
}

func FuzzReadLength(f *testing.F) {
	f.Add("hello")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		r := strings.NewReader(string(Append(nil, s)))
		n, err := ReadLength(r, 1<<20)
		if err != nil || n != int64(len(s)) || r.Len() != len(s)+1 {
			t.Errorf("%d of %d, %v", n, len(s), err)
		}
		if n, err := ReadLength(strings.NewReader(s), 50); err == nil && (n < 0 || n > 50) {
			t.Errorf("%q: %d is out of bounds", s, n)
		}
	})
}
