package logs

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/tai64"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func clock() time.Time { return now }

func TestParse(t *testing.T) {
	at := time.Date(2026, 11, 22, 10, 0, 1, 500_000_000, time.UTC)
	label := string(tai64.Append(nil, at))
	for raw, want := range map[string]Line{
		label + " new msg 1":                                                             {at, "new msg 1", false},
		fmt.Sprintf("%d.500000 new msg 1", at.Unix()):                                    {at, "new msg 1", false},
		"2026-11-22 10:00:01.500000000 new msg 1":                                        {at, "new msg 1", false},
		"2026-11-22T11:00:01.500000+01:00 host sshd[7]: hello":                           {at, "hello", true},
		fmt.Sprintf("2026-11-22T10:00:02.5Z host qmail: %d.500000 new msg 1", at.Unix()): {at, "new msg 1", false},
		"Nov 22 10:00:01 host qmail: x":                                                  {at.Truncate(time.Second), "x", true},
		"Nov  2 10:00:01 host qmail: x":                                                  {time.Date(2026, 11, 2, 10, 0, 1, 0, time.UTC), "x", true},
		"Dec 22 10:00:01 host qmail: x":                                                  {time.Date(2025, 12, 22, 10, 0, 1, 0, time.UTC), "x", true},
		"new msg 1":                                                                      {now, "new msg 1", false},
		"1.5 x":                                                                          {now, "1.5 x", false},
		"":                                                                               {now, "", false},
	} {
		p := Parser{Now: clock}
		if got := p.Parse(raw); !got.Time.Equal(want.Time) || got.Text != want.Text || got.Foreign != want.Foreign {
			t.Errorf("%q: %+v, want %+v", raw, got, want)
		}
	}
	p := Parser{Now: clock}
	p.Parse(label + " x")
	if l := p.Parse("no stamp"); !l.Time.Equal(at) || l.Stamped() != fmt.Sprintf("%d.500000000 no stamp", at.Unix()) {
		t.Errorf("%+v", l)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("@400000006553f10a1dcd6500 new msg 1")
	f.Add("Feb 29 10:00:01 host qmail: 1700000000.5 x")
	f.Add("2026-11-22T10:00:01.5Z h p: 999999999999.99999999999 x")
	f.Fuzz(func(t *testing.T, raw string) {
		p := Parser{Now: clock}
		if l := p.Parse(raw); !strings.HasSuffix(raw, l.Text) || l.Time.IsZero() {
			t.Errorf("%q: %+v", raw, l)
		}
	})
}

// pen writes lines that are numbered, a second apart, into files below dir.
type pen struct {
	t   *testing.T
	dir string
	n   int
}

func (w *pen) write(name string, lines int) {
	w.t.Helper()
	f, err := os.OpenFile(filepath.Join(w.dir, name), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	for range lines {
		w.n++
		fmt.Fprintf(f, "%s %d\n", tai64.Append(nil, now.Add(time.Duration(w.n)*time.Second)), w.n)
	}
}

// rotate finishes current as multilog does; without a name, its processor has
// not finished with it.
func (w *pen) rotate(name string) {
	w.t.Helper()
	err := os.Rename(w.dir+"/current", w.dir+"/previous")
	if err == nil && name != "" {
		err = os.Rename(w.dir+"/previous", w.dir+"/"+name)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

func stamp(n int) string {
	return string(tai64.Append(nil, now.Add(time.Duration(n)*time.Hour))) + ".s"
}

func open(t *testing.T, places ...Place) *Reader {
	t.Helper()
	r, err := Open(places, nil, clock)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}

func texts(t *testing.T, r *Reader) string {
	t.Helper()
	var b strings.Builder
	if err := r.Read(func(l Line) error { b.WriteString(l.Text + " "); return nil }); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(b.String())
}

func TestFolder(t *testing.T) {
	w := &pen{t: t, dir: t.TempDir()}
	want := func(r *Reader, want string) {
		t.Helper()
		if got := texts(t, r); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	w.write(stamp(1), 2)
	w.write(stamp(2), 1)
	w.write("current", 2)
	clitest.Files(t, w.dir, map[string]string{"state": "x\n", "lock": "", "@1.s": "y\n", stamp(3)[:25] + ".t": "z\n"})
	r := open(t, Place{w.dir, true})
	want(r, "1 2 3 4 5")
	want(r, "")
	w.write("current", 1)
	want(r, "6")
	w.write("current", 1)
	w.rotate(stamp(4))
	want(r, "7")
	w.write("current", 1)
	want(r, "8")
	for n := range 3 { // more than once between two looks
		w.write("current", 1)
		w.rotate(stamp(5 + n))
	}
	w.write("current", 1)
	want(r, "9 10 11 12")
	w.write("current", 1) // by a processor, which takes its time
	w.rotate("")
	w.write("current", 1)
	want(r, "13 14")
	clitest.Files(t, w.dir, map[string]string{stamp(9): "processed\n"})
	os.Remove(w.dir + "/previous")
	w.write("current", 1)
	w.rotate(stamp(10))
	w.write("current", 1)
	want(r, "15 16")
}

// A rotation between finding the files and getting to the last of them.
func TestFolderMeanwhile(t *testing.T) {
	w := &pen{t: t, dir: t.TempDir()}
	w.write(stamp(1), 1)
	w.write("current", 1)
	r := open(t, Place{w.dir, true})
	w.rotate(stamp(2))
	w.write("current", 1)
	if got := texts(t, r); got != "1 2 3" {
		t.Error(got)
	}
}

func TestFile(t *testing.T) {
	w := &pen{t: t, dir: t.TempDir()}
	w.write("mail.log", 2)
	r := open(t, Place{Path: w.dir + "/mail.log"})
	if got := texts(t, r); got != "1 2" {
		t.Error(got)
	}
	w.write("mail.log", 1)
	if err := os.Rename(w.dir+"/mail.log", w.dir+"/mail.log.1"); err != nil {
		t.Fatal(err)
	}
	if got := texts(t, r); got != "3" {
		t.Error(got)
	}
	w.write("mail.log", 1)
	if got := texts(t, r); got != "4" {
		t.Error(got)
	}
	if err := os.Truncate(w.dir+"/mail.log", 0); err != nil {
		t.Fatal(err)
	}
	clitest.Files(t, w.dir, map[string]string{"mail.log": "half a"})
	if got := texts(t, r); got != "" {
		t.Error(got)
	}
}

// Lines of several places come in the order of time, however long they are.
func TestMerge(t *testing.T) {
	a, b := t.TempDir(), t.TempDir()
	w := &pen{t: t, dir: a}
	w.write("current", 2)
	w.dir = b
	w.write("current", 2)
	w.dir = a
	w.write("current", 1)
	long := strings.Repeat("x", 3<<20)
	in := filepath.Join(t.TempDir(), "in")
	clitest.Files(t, filepath.Dir(in), map[string]string{"in": "1700000000.5 " + long + "\n1700000001.5 short\n"})
	r, err := Open([]Place{{a, true}, {b, true}, {Path: "-"}}, clitest.Open(t, in), clock)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Fields(texts(t, r))
	if len(got) != 7 || len(got[0]) < 1<<19 || len(got[0]) > 1<<20 || strings.Join(got[1:], " ") != "short 1 2 3 4 5" {
		t.Errorf("%d %d %.100q", len(got), len(got[0]), got)
	}
	if !r.More() {
		t.Error("no more")
	}
	r.Close()
}

func TestWatch(t *testing.T) {
	w := &pen{t: t, dir: t.TempDir()}
	w.write("current", 1)
	r := open(t, Place{w.dir, true})
	changed := r.Watch()
	if len(r.stops) != 1 {
		t.Fatal(len(r.stops))
	}
	texts(t, r)
	w.write("current", 1)
	<-changed
	if got := texts(t, r); got != "2" {
		t.Error(got)
	}
}

func TestPlaces(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{
		"service/qmail-send/log/main/current": "", "service/qmail-smtpd/log/main/current": "", "service/dns/log/main/current": "",
		"log/send/current": "", "log/smtpd/current": "", "mail.log": "", "empty/": "",
	})
	show := func(places []Place, err error) string {
		text := fmt.Sprint(places, err)
		return strings.ReplaceAll(text, dir, "")
	}
	services, folders, files := []string{dir + "/none", dir + "/service"}, []string{dir + "/log"}, []string{dir + "/mail.log"}
	for _, c := range []struct{ got, want string }{
		{show(Usual(services, folders, files)), "[{/service/qmail-send/log/main true} {/service/qmail-smtpd/log/main true}] <nil>"},
		{show(Usual(nil, folders, files)), "[{/log/send true} {/log/smtpd true}] <nil>"},
		{show(Usual(nil, nil, files)), "[{/mail.log false}] <nil>"},
		{show(Usual(nil, nil, nil)), "[] " + ErrNone.Error()},
		{show(Named([]string{"-", dir + "/mail.log", dir + "/log", dir + "/log/send", dir + "/service/dns"})),
			"[{- false} {/mail.log false} {/log/send true} {/log/smtpd true} {/log/send true} {/service/dns/log/main true}] <nil>"},
		{show(Named([]string{dir + "/empty"})), "[] read /empty: there is no log in this folder"},
		{show(Named([]string{dir + "/none"})), "[] stat /none: no such file or directory"},
	} {
		if c.got != c.want {
			t.Errorf("%s\nwant %s", c.got, c.want)
		}
	}
}
