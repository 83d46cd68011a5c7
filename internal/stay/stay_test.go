package stay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"qmailkit/internal/request"
)

func TestRequest(t *testing.T) {
	for _, c := range []struct{ args, env []string }{
		{nil, nil}, {[]string{""}, nil}, {nil, []string{"A=b"}}, {[]string{"a", "", "c"}, []string{"A=1", "B="}},
	} {
		b, err := makeRequest(c.args, c.env)
		if err != nil {
			t.Fatal(err)
		}
		for n := range len(b) {
			buf := make([]byte, request.Size)
			copy(buf, b[:n])
			args, env, err := receiveRest(bytes.NewReader(b[n:]), buf, n)
			if err != nil || !slices.Equal(args, c.args) || !slices.Equal(env, c.env) {
				t.Fatalf("%q after %d: %q %q %v", b, n, args, env, err)
			}
		}
	}
	if err := Send(nil, []string{strings.Repeat("x", request.Size)}, nil, 0); !errors.Is(err, request.Err) {
		t.Error("too long: ", err)
	}
}

// The bytes are what programs and servers of other builds send, too.
func TestBytes(t *testing.T) {
	b, err := makeRequest([]string{"a", ""}, []string{"B=c"})
	if err != nil || string(b) != "\x00\x00\x00\x092\x00a\x00\x00B=c\x00" {
		t.Errorf("%q %v", b, err)
	}
}

func TestAnswer(t *testing.T) {
	for said, ok := range map[string]bool{"": false, "\x01": false, "\x01\x07": true, "\x02\x07": false} {
		if code, got := Answer(strings.NewReader(said), 1); got != ok || ok && code != 7 {
			t.Errorf("%q: %d %v", said, code, got)
		}
	}
	if _, ok := Answer(strings.NewReader("\x00\x00"), 256); !ok {
		t.Error("numbers are a byte")
	}
}

// What is no request is an error, and whatever is one says what was sent.
func FuzzRequest(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x091\x00a\x00A=b\x00"))
	f.Add([]byte("\x00\x00\x00\x0299"))
	f.Add([]byte("\xff\xff\xff\xff1\x00"))
	f.Add([]byte("\x00\x00\x00\x03-1\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		buf := make([]byte, request.Size)
		n := copy(buf, b)
		args, env, err := receiveRest(bytes.NewReader(nil), buf, n)
		if err != nil {
			if !errors.Is(err, request.Err) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Error(err)
			}
			return
		}
		if again, err := makeRequest(args, env); err != nil || !bytes.HasSuffix(b, again[bytes.IndexByte(again[4:], 0)+4:]) {
			t.Errorf("%q is taken for %q %q, %v", b, args, env, err)
		}
		if int(binary.BigEndian.Uint32(b))+4 != n {
			t.Errorf("%q is longer than it says", b)
		}
	})
}
