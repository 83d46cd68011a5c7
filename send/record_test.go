package send

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func TestRecords(t *testing.T) {
	long := strings.Repeat("y", MaxRecord-1)
	r := NewRecords(iotest.OneByteReader(strings.NewReader("u12\x00\x00F" + long + "\x00Tx\x00Tcut")))
	for i, want := range []string{"u12", "", "F" + long, "Tx"} {
		got, err := r.Next()
		if err != nil || string(got) != want {
			t.Fatalf("record %d: %.20q %v", i, got, err)
		}
	}
	if pos := r.Pos(); pos != int64(4+1+MaxRecord+1+3) {
		t.Errorf("pos %d", pos)
	}
	if got, err := r.Next(); err != io.EOF {
		t.Errorf("%q %v", got, err)
	}
	r.Reset(strings.NewReader("F" + long + "y\x00"))
	if _, err := r.Next(); !errors.Is(err, ErrRecordTooLong) {
		t.Error(err)
	}
	failure := errors.New("disk")
	r.Reset(iotest.ErrReader(failure))
	if _, err := r.Next(); !errors.Is(err, failure) {
		t.Error(err)
	}
}

func FuzzRecords(f *testing.F) {
	f.Add([]byte("u1000\x00p999\x00Fa@b\x00Tc@d\x00"))
	f.Add([]byte("T" + strings.Repeat("z", recordBuffer) + "\x00\x00Tcut"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := NewRecords(bytes.NewReader(in))
		var all []byte
		for {
			pos := r.Pos()
			if pos != int64(len(all)) {
				t.Fatalf("record %d at %d", len(all), pos)
			}
			record, err := r.Next()
			if err != nil {
				break
			}
			all = append(append(all, record...), 0)
		}
		if !bytes.HasPrefix(in, all) || len(in) <= MaxRecord && bytes.IndexByte(in[len(all):], 0) >= 0 {
			t.Fatalf("%q read as %q", in, all)
		}
	})
}
