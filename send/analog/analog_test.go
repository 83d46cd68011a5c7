package analog

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"
)

// What testdata holds beside the log was made of it by qmailanalog's own
// programs, in the C locale.
func recorded(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// match returns matchup's output for a log, and what is pending after it.
func match(t testing.TB, log string) (output, pending string) {
	t.Helper()
	var m Matcher
	var b []byte
	_, err := Lines(strings.NewReader(log), func(line string) error {
		if r := m.Line(line); r != nil {
			b = append(r.Append(b), '\n')
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b), string(m.AppendPending(nil))
}

func TestMatcher(t *testing.T) {
	output, pending := match(t, recorded(t, "log"))
	if output != recorded(t, "matchup") {
		t.Errorf("output:\n%s", output)
	}
	if pending != recorded(t, "pending") {
		t.Errorf("pending:\n%s", pending)
	}
}

// A log in two parts, what is pending before the second, comes to the same.
func TestPending(t *testing.T) {
	log := recorded(t, "log")
	whole, last := match(t, log)
	for _, cut := range []int{0, len(log) / 3, len(log) / 2, len(log)} {
		cut = strings.LastIndexByte(log[:cut], '\n') + 1
		first, pending := match(t, log[:cut])
		second, rest := match(t, pending+log[cut:])
		if first+second != whole || len(rest) != len(last) {
			t.Errorf("cut at %d:\n%s%s\n%s", cut, first, second, rest)
		}
	}
}

func TestLabels(t *testing.T) {
	log := strings.NewReplacer("TIME1", "@400000006553f10a1dcd6500", "TIME2", "@400000006553f10b3b9ac9ff").Replace(
		"TIME1 info msg 7: bytes 10 from <A@b.c> qp 3 uid 4\nTIME1 starting delivery 1: msg 7 to local J@h\n" +
			"TIME2 delivery 1: success: did_1+0+0/\nTIME2 end msg 7\n")
	want := "d k 1700000000.500000000 1700000000.500000000 1700000001.999999999 10 <a@b.c> local.j@h 3 4 did_1+0+0/\n" +
		"m 1700000000.500000000 1700000001.999999999 10 1 0 0 <a@b.c> 3 4\n"
	if got, _ := match(t, log); got != want {
		t.Errorf("%s", got)
	}
	for _, line := range []string{"", "@", "@4000", "@400000006553f10a1dcd650x new msg 1", "1.5 new msg 1"} {
		if Normal(line) != line {
			t.Errorf("%q becomes %q", line, Normal(line))
		}
	}
}

func TestStamps(t *testing.T) {
	at := time.Unix(1700000000, 50_000_000)
	if s := StampOf(at); s != "1700000000.050000000" || !s.Time().Equal(at) || s.Seconds() != 1700000000.05 {
		t.Errorf("%s is %v, %v", s, s.Time(), s.Seconds())
	}
	for s, want := range map[Stamp]float64{"": 0, "?": 0, "-": 0, ".": 0, "5": 5, "5x": 5, "-1.5.2": -1.5} {
		if s.Seconds() != want {
			t.Errorf("%q: %v", s, s.Seconds())
		}
	}
}

func TestReports(t *testing.T) {
	reports := map[string]*Report{
		"zddist": Delays(), "zdeferrals": Deferrals(), "zfailures": Failures(), "zsuccesses": Successes(), "zrecipients": Recipients(),
		"zrhosts": Hosts(), "zrxdelay": Quickest(), "zsenders": Senders(), "zsuids": UIDs(),
	}
	var overall Overall
	for line := range strings.Lines(recorded(t, "matchup")) {
		r := ParseRecord(strings.TrimSuffix(line, "\n"))
		if back := string(r.Append(nil)) + "\n"; back != line {
			t.Errorf("%q is printed as %q", line, back)
		}
		overall.Add(r)
		for _, report := range reports {
			report.Add(r)
		}
	}
	for name, report := range reports {
		if got := report.Text(); got != recorded(t, name) {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	if got := overall.Text(); got != recorded(t, "zoverall") {
		t.Errorf("zoverall:\n%s", got)
	}
}

func TestNothing(t *testing.T) {
	if got := Senders().Text(); !strings.HasSuffix(got, "\n\nmess  bytes  sbytes  rbytes  recips  tries  xdelay  sender\n") {
		t.Errorf("%q", got)
	}
	if got := string(new(Overall).Append(nil)); got != "Completed messages: 0\n\nTotal delivery attempts: 0\n" {
		t.Errorf("%q", got)
	}
	if c := new(Overall).Concurrency(); c != 0 {
		t.Error(c)
	}
}

func TestAlign(t *testing.T) {
	for _, c := range []struct{ in, out string }{
		{"", ""},
		{"x", "x\n"},
		{"\n", "\n"},
		{"  a b\tc  d\n\nx\n  longword yy   z zz zzz last", "       a   b  c   d  \n\n       x  \nlongword  yy  z  zz  zzz  last\n"},
	} {
		if got := Align(c.in); got != c.out {
			t.Errorf("%q: %q", c.in, got)
		}
	}
}

func TestLines(t *testing.T) {
	long := strings.Repeat("x", 3*maxLine)
	var got []int
	rest, err := Lines(strings.NewReader("a\n\n"+long+"\nb\nrest"), func(line string) error {
		got = append(got, len(line))
		return nil
	})
	if err != nil || rest != "rest" || len(got) != 4 || got[0] != 1 || got[1] != 0 || got[3] != 1 {
		t.Error(got, rest, err)
	}
	if got[2] > maxLine+1<<16 {
		t.Errorf("%d bytes of a line are kept", got[2])
	}
	stop := errors.New("stop")
	if _, err := Lines(strings.NewReader("a\n"), func(string) error { return stop }); err != stop {
		t.Error(err)
	}
}

func FuzzMatcher(f *testing.F) {
	f.Add(recorded(f, "log"))
	f.Add("1 starting delivery 1: msg 1 to\n2 delivery 1: x\n1 info msg\n@400000006553f10a1dcd6500 end msg 0\n")
	f.Fuzz(func(t *testing.T, log string) {
		output, pending := match(t, log)
		if first, _ := match(t, pending); strings.Contains(first, "? ") {
			t.Errorf("pending has lines that are none of a log's:\n%s", pending)
		}
		report := Senders()
		for line := range strings.Lines(output) {
			report.Add(ParseRecord(line))
		}
		report.Text()
	})
}
