package request

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// The bytes are what programs of other versions send, too.
func TestBytes(t *testing.T) {
	b, err := Make([]string{"a", ""}, nil, []string{"B=c"})
	if err != nil || string(b) != "\x00\x00\x00\x07a\x00\x00B=c\x00" {
		t.Errorf("%q %v", b, err)
	}
}

// A request may come in any two parts.
func TestParts(t *testing.T) {
	for _, want := range [][]string{{""}, {"", ""}, {"a", "", "c"}, {strings.Repeat("x", max-1)}} {
		b, err := Make(want)
		if err != nil {
			t.Fatal(err)
		}
		for n := range min(len(b), 20) {
			buf := make([]byte, Size)
			copy(buf, b[:n])
			if got, err := Receive(bytes.NewReader(b[n:]), buf, n); err != nil || !slices.Equal(got, want) {
				t.Fatalf("%.20q after %d: %.20q %v", b, n, got, err)
			}
		}
	}
	if b, err := Make([]string{strings.Repeat("x", max)}); err != Err {
		t.Errorf("too long: %d bytes, %v", len(b), err)
	}
}

// What is no request is an error, and whatever is one says what was sent.
func FuzzReceive(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x04a\x00b\x00"), 3)
	f.Add([]byte("\x00\x00\x00\x00"), 4)
	f.Add([]byte("\x00\x00\x00\x01x"), 0)
	f.Add([]byte("\x00\x00\x00\x02x\x00more"), 10)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0}, 5)
	f.Fuzz(func(t *testing.T, in []byte, n int) {
		buf := make([]byte, Size)
		n = copy(buf, in[:min(len(in), Size, int(uint(n)%(Size+1)))])
		got, err := Receive(bytes.NewReader(in[n:]), buf, n)
		if err != nil {
			if !errors.Is(err, Err) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Error(err)
			}
			return
		}
		if b, err := Make(got); err != nil || !bytes.HasPrefix(in, b) {
			t.Errorf("%q is taken for %q, %v", in, got, err)
		}
	})
}
