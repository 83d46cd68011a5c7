package stay

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

func TestRequest(t *testing.T) {
	for _, c := range []struct{ args, env []string }{
		{nil, nil}, {[]string{""}, nil}, {nil, []string{"A=b"}}, {[]string{"a", "", "c"}, []string{"A=1", "B="}},
	} {
		b := appendRequest(nil, c.args, c.env)
		for n := range len(b) {
			buf := make([]byte, 4+maxRequest)
			copy(buf, b[:n])
			args, env, err := receiveRest(bytes.NewReader(b[n:]), buf, n)
			if err != nil || !slices.Equal(args, c.args) || !slices.Equal(env, c.env) {
				t.Fatalf("%q after %d: %q %q %v", b, n, args, env, err)
			}
		}
	}
	if err := Send(nil, []string{strings.Repeat("x", maxRequest)}, nil, 0); !errors.Is(err, ErrRequest) {
		t.Error("too long: ", err)
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
	f.Add(appendRequest(nil, []string{"a", ""}, []string{"A=b"}))
	f.Add([]byte("\x00\x00\x00\x0299"))
	f.Add([]byte("\xff\xff\xff\xff1\x00"))
	f.Add([]byte("\x00\x00\x00\x03-1\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		buf := make([]byte, 4+maxRequest)
		n := copy(buf, b)
		args, env, err := receiveRest(bytes.NewReader(nil), buf, n)
		if err != nil {
			if !errors.Is(err, ErrRequest) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Error(err)
			}
			return
		}
		if args2, env2, err := parseRequest(string(appendRequest(nil, args, env)[4:])); err != nil || !slices.Equal(args, args2) || !slices.Equal(env, env2) {
			t.Errorf("%q %q: %q %q %v", args, env, args2, env2, err)
		}
		if int(binary.BigEndian.Uint32(b))+4 != n {
			t.Errorf("%q is longer than it says", b)
		}
	})
}
