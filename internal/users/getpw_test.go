package users

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestReplies(t *testing.T) {
	joe := Assignment{User: "joe", UID: 1, GID: 2, Home: "/j", Dash: "-", Ext: "x"}
	b := AppendReply(nil, 0, joe)
	b = AppendReply(b, CodeNoAlias, Assignment{})
	b = AppendReply(b, 0, Assignment{})
	r := bufio.NewReader(bytes.NewReader(b))
	for _, want := range []struct {
		a    Assignment
		code int
	}{{joe, 0}, {Assignment{}, CodeNoAlias}, {Assignment{}, 0}} {
		answer, code, err := ReadReply(r)
		if code != want.code || err != nil {
			t.Fatalf("%d %v", code, err)
		}
		if code != 0 {
			continue
		}
		if a, err := ParseAssignment(answer); a != want.a || err != nil {
			t.Errorf("%+v %v", a, err)
		}
	}
	if _, _, err := ReadReply(r); err != io.EOF {
		t.Errorf("at the end: %v", err)
	}
	long := bufio.NewReader(io.MultiReader(strings.NewReader("\x00"), strings.NewReader(strings.Repeat("x", maxAnswer+1))))
	if _, _, err := ReadReply(long); !errors.Is(err, ErrGetpw) {
		t.Errorf("too long: %v", err)
	}
}

// An answer that can be read is one that was whole.
func FuzzReadReply(f *testing.F) {
	f.Add([]byte("\x00joe\x001\x002\x00/j\x00-\x00x\x00"))
	f.Add([]byte{CodeNFS})
	f.Fuzz(func(t *testing.T, b []byte) {
		answer, code, err := ReadReply(bufio.NewReader(bytes.NewReader(b)))
		if err != nil || code != 0 {
			return
		}
		if !bytes.HasPrefix(b[1:], answer) || bytes.Count(answer, []byte{0}) != assignmentFields {
			t.Fatalf("%q became %q", b, answer)
		}
	})
}
