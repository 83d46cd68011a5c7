package spawn

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

// mess makes a queue/mess with one message, 7/30.
func mess(t testing.TB) string {
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "7"), 0o755)
	if err := os.WriteFile(filepath.Join(dir, "7/30"), []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	os.Mkdir(filepath.Join(dir, "8"), 0o755)
	return dir
}

func server(t testing.TB, in string, out *bytes.Buffer) *Server {
	return &Server{In: strings.NewReader(in), Out: out, Mess: mess(t), Owner: uint32(os.Getuid()),
		Deliver: func(j Job) string { return "K" + j.Sender + "|" + j.Box + "|" + j.Host }}
}

// reports plays in and returns the reports, sorted: deliveries run side by side.
func reports(t *testing.T, in string) []string {
	var out bytes.Buffer
	server(t, in, &out).Serve()
	if out.Len() == 0 || out.Bytes()[0] != Limit {
		t.Fatalf("announces %q", out.String())
	}
	all := strings.Split(out.String()[1:], "\x00")
	all = all[:len(all)-1]
	slices.Sort(all)
	return all
}

func TestRequests(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"\x057/30\x00s@x\x00u@y@z\x00", "\x05Ks@x|u@y|z"},
		{"\x017/30\x00\x00@\x00", "\x01K||"},
		{"\x057/30\x00s\x00nohost\x00", "\x05DSorry, address must include host name. (#5.1.3)\n"},
		{"x7/30\x00s\x00u@h\x00", "xZInternal error: delnum too big. (#4.3.5)\n"},
		{"\x05../x\x00s\x00u@h\x00", "\x05DInternal error: messid has nonnumerics. (#5.3.5)\n"},
		{"\x05/7/30\x00s\x00u@h\x00", "\x05DInternal error: messid has nonnumerics. (#5.3.5)\n"},
		{"\x05" + strings.Repeat("1", 100) + "\x00s\x00u@h\x00", "\x05DInternal error: messid too long. (#5.3.5)\n"},
		{"\x05\x00s\x00u@h\x00", "\x05DInternal error: messid too short. (#5.3.5)\n"},
		{"\x057/31\x00s\x00u@h\x00", "\x05Zqmail-spawn unable to open message. (#4.3.0)\n"},
		{"\x058\x00s\x00u@h\x00", "\x05ZSorry, message has wrong type. (#4.3.5)\n"},
		{"\x057/30\x00s\x00" + strings.Repeat("u", maxField+1) + "@h\x00", "\x05Zqmail-spawn out of memory. (#4.3.0)\n"},
		{"\x057/30\x00s\x00u@h", ""}, // cut off
	} {
		if got := strings.Join(reports(t, c.in), " "); got != c.want {
			t.Errorf("%.60q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestWrongOwner(t *testing.T) {
	var out bytes.Buffer
	s := server(t, "\x057/30\x00s\x00u@h\x00", &out)
	s.Owner++
	s.Serve()
	if !strings.Contains(out.String(), "ZSorry, message has wrong owner. (#4.3.5)\n") {
		t.Errorf("%q", out.String())
	}
}

// A slot is busy until its delivery has ended, and free before its report can
// be read.
func TestSlots(t *testing.T) {
	var out bytes.Buffer
	s := server(t, "\x057/30\x00a\x00u@h\x00\x057/30\x00b\x00u@h\x00\x067/30\x00c\x00u@h\x00", &out)
	var started sync.WaitGroup
	started.Add(2)
	s.Deliver = func(j Job) string {
		started.Done()
		started.Wait() // both deliveries run at one time
		return "K" + j.Sender
	}
	s.Serve()
	for _, want := range []string{"\x05ZInternal error: delnum in use. (#4.3.5)\n\x00", "\x05Ka\x00", "\x06Kc\x00"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %q", want, out.String())
		}
	}
}

// After the request for them slots have two bytes; before it, it is as bad as
// any other of a slot that is not there.
func TestWide(t *testing.T) {
	var out bytes.Buffer
	ask := "\xffwide\x00\x00\x00"
	s := server(t, ask+"\x01\x027/30\x00a\x00u@h\x00\x00\x057/30\x00b\x00u@h\x00\xff\xffwide\x00\x00\x00", &out)
	s.Serve()
	answer, rest, ok := strings.Cut(out.String()[1:], "\x00")
	if limit := ParseWide(answer[2:]); !ok || answer[:2] != "\xffK" || limit < Limit || limit > maxWide {
		t.Errorf("%q", answer)
	}
	for _, want := range []string{"\x01\x02Ka|u|h\x00", "\x00\x05Kb|u|h\x00", "\xff\xffZInternal error: delnum too big. (#4.3.5)\n\x00"} {
		if !strings.Contains(rest, want) {
			t.Errorf("no %q in %q", want, rest)
		}
	}
	for _, other := range []string{"\xffwide\x00s\x00\x00", "\xffwide\x00\x00u@h\x00", "\xff7/30\x00\x00\x00"} {
		if got := reports(t, other); len(got) != 1 || got[0] != "\xffZInternal error: delnum too big. (#4.3.5)\n" {
			t.Errorf("%q: %q", other, got)
		}
	}
	for _, text := range []string{"", "0", "-1", "x", "65537", "1\n1"} {
		if n := ParseWide(text); n != 0 {
			t.Errorf("%q: %d", text, n)
		}
	}
}

func FuzzServe(f *testing.F) {
	f.Add([]byte("\x057/30\x00s@x\x00u@y\x00"))
	f.Add([]byte("\x00\x00\x00\x00\xff/\x00\x00@"))
	f.Add([]byte("\xffwide\x00\x00\x00\x01\x027/30\x00s\x00u@h\x00"))
	dir := mess(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		s := &Server{In: bytes.NewReader(in), Out: &out, Mess: dir, Owner: uint32(os.Getuid()),
			Deliver: func(j Job) string { return "K" }}
		s.Serve()
		nuls := bytes.Count(in, []byte{0})
		if out.Len() == 0 || bytes.Count(out.Bytes()[1:], []byte{0}) > 2*(nuls/3)+nuls {
			t.Errorf("%d NULs in, %q out", nuls, out.String())
		}
	})
}
