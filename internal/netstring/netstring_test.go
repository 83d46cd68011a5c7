package netstring

import (
	"bufio"
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
		{":,", 0, nil}, {"x", 0, ErrFormat}, {"1x", 0, ErrFormat}, {"-1:", 0, ErrFormat},
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

// An address is what it was, and what stands inside a netstring never reaches
// beyond it.
func TestList(t *testing.T) {
	for _, c := range []struct {
		in   string
		want string
		ok   bool
		err  error
	}{
		{"8:5:hello,,", "hello", true, nil}, {"3:0:,,", "", true, nil}, {"6:3:a\x00b,,", "", false, nil},
		{"1006:1000:" + strings.Repeat("a", 1000) + ",,", "", false, nil},
		{"8:5:hello;,", "hello", true, ErrFormat}, {"7:5:hello,,", "", false, ErrFormat}, {"8:5:hel", "", false, io.EOF},
		{"8:9999999999:", "", false, ErrFormat}, {"20:9999999999:", "", false, ErrLength}, {"2:12:", "", false, ErrFormat},
	} {
		l := NewList(bufio.NewReader(strings.NewReader(c.in)))
		n, err := l.Length()
		if err != nil {
			t.Fatal(err)
		}
		inner := l.Inner(n)
		got, ok, err := inner.Address()
		if got != c.want || ok != c.ok || err != c.err {
			t.Errorf("%.40q: %q %v %v", c.in, got, ok, err)
		}
		if err == nil && (!inner.Done() || l.Comma() != nil) {
			t.Errorf("%.40q: not at the end", c.in)
		}
	}
}

func FuzzList(f *testing.F) {
	f.Add("8:5:hello,,3:0:,,")
	f.Add("6:3:a\x00b,,")
	f.Fuzz(func(t *testing.T, s string) {
		in := strings.NewReader(s)
		l := NewList(bufio.NewReaderSize(in, 16))
		n, err := l.Length()
		if err != nil {
			return
		}
		inner := l.Inner(n)
		for !inner.Done() {
			a, ok, err := inner.Address()
			if len(a) >= MaxAddress || strings.Contains(a, "\x00") || !ok && a != "" && err == nil {
				t.Fatalf("%q", a)
			}
			if err != nil {
				return
			}
		}
		if used := int64(len(s)-in.Len()) + 20; n > used {
			t.Errorf("%d bytes inside of %d", n, used)
		}
	})
}
