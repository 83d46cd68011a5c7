package svc

import (
	"encoding/hex"
	"errors"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/tai64"
)

func TestStatus(t *testing.T) {
	at := time.Unix(1_000_000_000, 500_000_000)
	s := Status{Since: tai64.Pack(at), Pid: 0x01020304, Paused: true, Want: WantDown, Stage: NoStage}
	b := s.Pack()
	if got := hex.EncodeToString(b[:]); got != "400000003b9aca0a1dcd6500"+"04030201"+"01"+"64" {
		t.Error(got)
	}
	// Runit's is 20 bytes long as well, and says 1 at its end.
	for _, tail := range []string{"", "\x03", "\x00\x01", "more"} {
		if got, log, err := ParseStatus(append(b[:], tail...)); got != s || log != nil || err != nil {
			t.Errorf("%q: %+v %v", tail, got, err)
		}
	}
	if _, _, err := ParseStatus(b[:StatusSize-1]); err != ErrStatus {
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

func TestStagedStatus(t *testing.T) {
	s := Status{Since: tai64.Pack(time.Unix(1_000_000_000, 0)), Pid: 5, Want: WantUp, Stage: Running}
	l := Status{Since: s.Since, Want: WantDown, Stage: Failed}
	a, b := s.PackStaged(), l.PackStaged()
	if got := hex.EncodeToString(a[16:]); got != "00750300" {
		t.Error(got)
	}
	if got, log, err := ParseStatus(a[:]); got != s || log != nil || err != nil {
		t.Errorf("%+v %+v %v", got, log, err)
	}
	got, log, err := ParseStatus(append(a[:], b[:]...))
	if got != s || log == nil || *log != l || err != nil || !got.Up() || log.Up() {
		t.Errorf("%+v %+v %v", got, log, err)
	}
	if got := Starting.String() + " " + Stage(9).String(); got != "starting status unknown" {
		t.Error(got)
	}
}

func TestFolder(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	clitest.Files(t, dir, map[string]string{"x/": ""})
	for set, want := range map[string]string{
		"": dir + "/x/supervise", ".sv": dir + "/x/.sv", "/run/sv": "/run/sv/" + strings.ReplaceAll(dir[1:], "/", ":") + ":x",
	} {
		p, _ := clitest.Proc(t, "svok", clitest.World{Dir: dir, Env: []string{"SUPERVISEDIR=" + set}})
		if service, folder, err := Find(p, "x"); Join(service, folder) != want || err != nil {
			t.Errorf("%q: %s %s %v", set, service, folder, err)
		}
	}
}

func FuzzParseStatus(f *testing.F) {
	f.Add(make([]byte, StatusSize))
	f.Add([]byte("@\x00\x00\x00\x3b\x9a\xca\x0a\x1d\xcd\x65\x00\x04\x03\x02\x01\x01d more"))
	f.Fuzz(func(t *testing.T, b []byte) {
		s, log, err := ParseStatus(b)
		if (err != nil) != (len(b) < StatusSize) {
			t.Fatalf("%d bytes: %v", len(b), err)
		}
		if err != nil {
			return
		}
		plain, staged := s.Pack(), s.PackStaged()
		packed := plain[:]
		if s.Stage != NoStage || log != nil {
			packed = staged[:]
		}
		if log != nil {
			l := log.PackStaged()
			packed = append(packed, l[:]...)
		}
		again, logAgain, err := ParseStatus(packed)
		if again != s || (log == nil) != (logAgain == nil) || log != nil && *log != *logAgain || err != nil {
			t.Errorf("%+v %+v became %+v %+v, %v", s, log, again, logAgain, err)
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
