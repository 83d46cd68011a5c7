package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"qmailkit/internal/clitest"
)

func newMaildir(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Maildir")
	if err := Make(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMake(t *testing.T) {
	dir := newMaildir(t)
	for _, folder := range []string{"", Tmp, New, Cur} {
		if fi, err := os.Stat(filepath.Join(dir, folder)); err != nil || fi.Mode() != os.ModeDir|0o700 {
			t.Errorf("%q: %v %v", folder, fi, err)
		}
	}
	if err := Make(dir); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second time: %v", err)
	}
}

func TestCommit(t *testing.T) {
	dir := newMaildir(t)
	names := NewNamer(time.Now, 4711)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			d, err := Create(dir, names)
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(d, "message %d\n", i)
			if err := d.Commit(); err != nil {
				t.Error(err)
			}
			if got := clitest.Read(t, dir+"/new/"+d.Name()); got != fmt.Sprintf("message %d\n", i) {
				t.Errorf("%q", got)
			}
		})
	}
	group.Wait()
	entries, err := Scan(dir, New, Cur)
	if err != nil || len(entries) != 20 {
		t.Errorf("%v %v", entries, err)
	}
	if left, _ := os.ReadDir(dir + "/tmp"); len(left) != 0 {
		t.Errorf("%v", left)
	}
}

func TestAbortAndTimeout(t *testing.T) {
	dir := newMaildir(t)
	now := time.Unix(1_700_000_000, 0)
	names := NewNamer(func() time.Time { return now }, 1)
	d, err := Create(dir, names)
	if err != nil {
		t.Fatal(err)
	}
	d.Abort()
	if d, err = Create(dir, names); err != nil {
		t.Fatal(err)
	}
	now = now.Add(Timeout + time.Second)
	if err := d.Commit(); !errors.Is(err, ErrTimeout) {
		t.Errorf("%v", err)
	}
	if left, _ := filepath.Glob(dir + "/*/*"); len(left) != 0 {
		t.Errorf("%v", left)
	}
	if _, err := Create(dir+"/new", names); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// A name that is in new already is that of the delivery when the answer to the
// link was lost. It is nothing of the kind when new and tmp are one folder.
func TestNameIsThere(t *testing.T) {
	names := NewNamer(time.Now, 1)
	for _, c := range []struct{ link, to string }{{"", ""}, {New, Tmp}, {Tmp, New}} {
		dir := newMaildir(t)
		if c.link != "" {
			if err := errors.Join(os.Remove(dir+"/"+c.link), os.Symlink(c.to, dir+"/"+c.link)); err != nil {
				t.Fatal(err)
			}
		}
		d, err := Create(dir, names)
		if err != nil {
			t.Fatal(err)
		}
		if c.link == "" {
			if err := os.Link(d.path(Tmp), d.path(New)); err != nil {
				t.Fatal(err)
			}
		}
		err = d.Commit()
		_, lost := os.Stat(d.path(New))
		if c.link == "" && (err != nil || lost != nil) || c.link != "" && (!errors.Is(err, os.ErrExist) || lost == nil) {
			t.Errorf("%q to %q: %v, %v", c.link, c.to, err, lost)
		}
	}
}

func TestNames(t *testing.T) {
	n := NewNamer(func() time.Time { return time.Unix(1_700_000_000, 12_345_678) }, 77)
	n.host = cleanHost("a/b:c")
	for i := 1; i <= 3; i++ {
		if got, want := n.Next(), fmt.Sprintf(`1700000000.M12345P77Q%d.a\057b\072c`, i); got != want {
			t.Errorf("%q", got)
		}
	}
}

func TestScan(t *testing.T) {
	dir := newMaildir(t)
	clitest.Files(t, dir, map[string]string{"new/b": "bb", "new/a": "a", "cur/c:2,S": "ccc", "new/.hidden": "", "cur/folder/": "", "tmp/t": ""})
	if err := os.Symlink("nowhere", dir+"/new/dangling"); err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]int64{"new/a": 30, "new/b": 20, "cur/c:2,S": 20} {
		if err := os.Chtimes(dir+"/"+name, time.Unix(at, 0), time.Unix(at, 0)); err != nil {
			t.Fatal(err)
		}
	}
	show := func(entries []Entry, err error) string {
		if err != nil {
			t.Fatal(err)
		}
		var s []string
		for _, e := range entries {
			s = append(s, fmt.Sprint(e.Path(), " ", e.Size, " ", e.Time.Unix()))
		}
		return strings.Join(s, ", ")
	}
	if got := show(Scan(dir, New, Cur)); got != "new/b 2 20, cur/c:2,S 3 20, new/a 1 30" {
		t.Errorf("%s", got)
	}
	if got := show(Scan(dir, Cur)); got != "cur/c:2,S 3 20" {
		t.Errorf("%s", got)
	}
	if _, err := Scan(dir, "absent"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

func TestClean(t *testing.T) {
	dir := newMaildir(t)
	now := time.Unix(1_700_000_000, 0)
	clitest.Files(t, dir, map[string]string{"tmp/old": "", "tmp/read": "", "tmp/written": "", "tmp/.dot": "", "new/old": ""})
	old, fresh := now.Add(-stale-time.Second), now.Add(-stale)
	for name, times := range map[string][2]time.Time{
		"tmp/old": {old, old}, "tmp/read": {fresh, old}, "tmp/written": {old, fresh}, "tmp/.dot": {old, old}, "new/old": {old, old},
	} {
		if err := os.Chtimes(dir+"/"+name, times[0], times[1]); err != nil {
			t.Fatal(err)
		}
	}
	Clean(dir, now)
	left, _ := filepath.Glob(dir + "/*/*")
	if got := strings.ReplaceAll(strings.Join(left, " "), dir+"/", ""); got != "new/old tmp/.dot tmp/read tmp/written" {
		t.Errorf("%s", got)
	}
	Clean(dir+"/absent", now)
}

// The name that a message has in cur is the one that it had in new, with flags.
func FuzzNames(f *testing.F) {
	f.Add("1.a")
	f.Add("1.a:2,S")
	f.Add(":1,x:2,")
	f.Fuzz(func(t *testing.T, name string) {
		e := Entry{Folder: New, Name: name}
		seen := Entry{Folder: Cur, Name: e.SeenName()}
		if seen.UniqueName() != e.UniqueName() || seen.SeenName() != seen.Name || !strings.HasPrefix(seen.Name, name) ||
			!strings.Contains(seen.Name, ":2,") || strings.Contains(e.UniqueName(), ":") {
			t.Errorf("%q is seen as %q", name, seen.Name)
		}
	})
}
