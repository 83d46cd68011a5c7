package svc

import (
	"encoding/hex"
	"errors"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/tai64"
)

func TestStatus(t *testing.T) {
	at := time.Unix(1_000_000_000, 500_000_000)
	s := Status{Since: tai64.Pack(at), Pid: 0x01020304, Paused: true, Want: WantDown}
	b := s.Pack()
	if got := hex.EncodeToString(b[:]); got != "400000003b9aca0a1dcd6500"+"04030201"+"01"+"64" {
		t.Error(got)
	}
	for _, tail := range []string{"", "more"} {
		if got, err := ParseStatus(append(b[:], tail...)); got != s || err != nil {
			t.Errorf("%q: %+v %v", tail, got, err)
		}
	}
	if _, err := ParseStatus(b[:StatusSize-1]); err != ErrStatus {
		t.Error(err)
	}
	for age, want := range map[time.Duration]uint64{
		0: 0, time.Second/2 - 1: 0, time.Second / 2: 1, time.Second: 1, 90 * time.Second: 90, -time.Second: 0, -time.Nanosecond: 0,
	} {
		if got := s.Age(at.Add(age)); got != want {
			t.Errorf("%v: %d seconds", age, got)
		}
	}
	if got := (Status{}).Age(at); got != 1<<62+10+1_000_000_000 {
		t.Errorf("since for ever: %d", got)
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add(make([]byte, StatusSize))
	f.Add([]byte("@\x00\x00\x00\x3b\x9a\xca\x0a\x1d\xcd\x65\x00\x04\x03\x02\x01\x01d more"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ParseStatus(b)
		if (err != nil) != (len(b) < StatusSize) {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		if err != nil {
			return
		}
		packed := s.Pack()
		if again, err := ParseStatus(packed[:]); again != s || err != nil {
			t.Errorf("%+v became %+v, %v", s, again, err)
		}
	})
}

func TestService(t *testing.T) {
	p, _ := clitest.Proc(t, "svc", clitest.World{})
	clitest.Files(t, p.Dir, map[string]string{"x/": "", "f": ""})
	if prefix, err := Service(p, "x/"); err != nil || filepath.Clean(prefix) != p.Dir+"/x" {
		t.Error(prefix, err)
	}
	for dir, want := range map[string]error{"": syscall.ENOENT, "none": syscall.ENOENT, "f": syscall.ENOTDIR} {
		if _, err := Service(p, dir); !errors.Is(err, want) {
			t.Errorf("%q: %v", dir, err)
		}
	}
}
