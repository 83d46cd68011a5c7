package tcpto

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var (
	start = time.Unix(1_800_000_000, 0)
	one   = netip.MustParseAddr("10.0.0.1")
)

// table makes a table of the given bytes, filled up to size.
func table(t *testing.T, size int, head ...byte) Table {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tcpto")
	if err := os.WriteFile(path, append(head, make([]byte, size-len(head))...), 0o644); err != nil {
		t.Fatal(err)
	}
	return Table(path)
}

func content(t *testing.T, tab Table) []byte {
	t.Helper()
	b, err := os.ReadFile(string(tab))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestFormat(t *testing.T) {
	tab := table(t, Size)
	tab.Fail(one, start)
	tab.Fail(netip.MustParseAddr("192.168.255.7"), start.Add(time.Second))
	want := make([]byte, Size)
	copy(want, []byte{10, 0, 0, 1, 1, 0, 0, 0, 0x00, 0xd2, 0x49, 0x6b})
	copy(want[16:], []byte{192, 168, 255, 7, 1, 0, 0, 0, 0x01, 0xd2, 0x49, 0x6b})
	if got := content(t, tab); !bytes.Equal(got, want) {
		t.Errorf("% x", got[:32])
	}
}

func TestLife(t *testing.T) {
	tab := table(t, Size)
	at := func(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }
	check := func(s int, resting, listed bool) {
		t.Helper()
		if r, l := tab.Resting(one, at(s), 0); r != resting || l != listed {
			t.Errorf("%d s: resting %v, listed %v", s, r, l)
		}
	}
	check(0, false, false)
	tab.Fail(one, at(0))
	check(1, false, true)
	tab.Fail(one, at(119)) // too soon to count
	check(119, false, true)
	tab.Fail(one, at(120))
	check(121, true, true)
	check(120+64*60-1, true, true)
	check(120+64*60, false, true)
	if r, _ := tab.Resting(one, at(120+64*60), 31); !r {
		t.Error("jitter does not prolong the rest")
	}
	tab.Clear(one)
	check(130, false, true)
	tab.Fail(one, at(131))
	check(132, false, true)
}

func TestCountIsBounded(t *testing.T) {
	tab := table(t, Size)
	for i := range 20 {
		tab.Fail(one, start.Add(time.Duration(i)*time.Hour))
	}
	if n := content(t, tab)[4]; n != 10 {
		t.Error(n)
	}
}

func TestFullTable(t *testing.T) {
	tab := table(t, 64)
	for i := range byte(4) {
		tab.Fail(netip.AddrFrom4([4]byte{10, 0, 0, i}), start.Add(time.Duration(i)*time.Second))
	}
	// The first has timed out twice now: the second has less claim.
	tab.Fail(netip.AddrFrom4([4]byte{10, 0, 0, 0}), start.Add(200*time.Second))
	tab.Fail(netip.AddrFrom4([4]byte{10, 9, 9, 9}), start.Add(300*time.Second))
	b := content(t, tab)
	if !bytes.Equal(b[16:21], []byte{10, 9, 9, 9, 1}) || !bytes.Equal(b[:5], []byte{10, 0, 0, 0, 2}) {
		t.Errorf("% x", b)
	}
}

func TestNotInTheTable(t *testing.T) {
	tab := table(t, Size)
	six := netip.MustParseAddr("2001:db8::1")
	tab.Fail(six, start)
	if r, l := tab.Resting(six, start, 0); r || l || !bytes.Equal(content(t, tab), make([]byte, Size)) {
		t.Error("an IPv6 address got in")
	}
	for _, tab := range []Table{Table(t.TempDir() + "/none"), Table(t.TempDir()), table(t, 15)} {
		tab.Fail(one, start)
		tab.Clear(one)
		if r, l := tab.Resting(one, start, 0); r || l {
			t.Error(tab)
		}
	}
}

// The time has more than 32 bits from 2106 on; the record has not.
func TestOverflow(t *testing.T) {
	tab := table(t, Size)
	last := time.Unix(1<<32-200, 0)
	tab.Fail(one, last)
	tab.Fail(one, last.Add(300*time.Second))
	if r, _ := tab.Resting(one, last.Add(400*time.Second), 0); !r {
		t.Error("not resting")
	}
	if e := Entries(content(t, tab), last.Add(400*time.Second)); len(e) != 1 || e[0] != (Entry{one, 2, 100}) {
		t.Error(e)
	}
}

func TestReset(t *testing.T) {
	tab := table(t, 1100, bytes.Repeat([]byte{1}, 1100)...)
	f, err := os.OpenFile(string(tab), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := Reset(f); err != nil {
		t.Fatal(err)
	}
	if got := content(t, tab); !bytes.Equal(got, append(make([]byte, Size), bytes.Repeat([]byte{1}, 76)...)) {
		t.Errorf("% x", got)
	}
}

// Whatever the file holds, using it changes one record at most and leaves the
// file as long as it was.
func FuzzTable(f *testing.F) {
	f.Add(make([]byte, Size), []byte{10, 0, 0, 1}, uint32(1))
	f.Add([]byte{10, 0, 0, 1, 255, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0, 1}, []byte{10, 0, 0, 1}, uint32(1800000000))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, before, ip []byte, seconds uint32) {
		if len(ip) != 4 || len(before) > 2*Size {
			t.Skip()
		}
		path := filepath.Join(dir, "tcpto")
		if err := os.WriteFile(path, before, 0o644); err != nil {
			t.Fatal(err)
		}
		tab, a, now := Table(path), netip.AddrFrom4([4]byte(ip)), time.Unix(int64(seconds), 0)
		Entries(before[:len(before)/16*16], now)
		tab.Resting(a, now, 7)
		tab.Fail(a, now)
		after := content(t, tab)
		if len(after) != len(before) {
			t.Fatalf("%d bytes became %d", len(before), len(after))
		}
		changed := map[int]bool{}
		for i := range before {
			if before[i] != after[i] {
				changed[i/16] = true
			}
		}
		if len(changed) > 1 {
			t.Fatalf("records %v changed", changed)
		}
		if _, listed := tab.Resting(a, now, 7); !listed && len(before) >= 16 {
			t.Fatal("not in the table")
		}
		tab.Clear(a)
		if resting, _ := tab.Resting(a, now, 7); resting {
			t.Fatal("still resting")
		}
	})
}
