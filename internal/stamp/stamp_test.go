package stamp

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// later is a clock that is ahead of the file system's, so that what has just
// been written counts as old.
func later() time.Time { return time.Now().Add(time.Hour) }

// reader is a Kept of the text of files, which counts how often it is made.
type reader struct {
	Kept[string]
	made int
}

func newReader(t *testing.T, now func() time.Time, read func(*Seen) (string, error)) *reader {
	r := &reader{}
	r.Now = now
	r.Make = func(s *Seen) (string, error) {
		r.made++
		return read(s)
	}
	return r
}

// expect fails unless the text is want, and was made for the n-th time.
func (r *reader) expect(t *testing.T, what, want string, n int) {
	t.Helper()
	if got, err := r.Get(); got != want || err != nil || r.made != n {
		t.Errorf("%s: %q %v, made %d times; want %q, %d times", what, got, err, r.made, want, n)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// tickOver waits until the file system's clock has moved on.
func tickOver(t *testing.T) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clock")
	write(t, path, "")
	for before := look(path).status; look(path).status == before; {
		write(t, path, "")
	}
}

// entries reads some files of a folder.
func entries(dir string, names ...string) func(*Seen) (string, error) {
	return func(s *Seen) (string, error) {
		var texts []string
		for _, name := range names {
			s.Entry(dir, name)
			b, err := os.ReadFile(filepath.Join(dir, name))
			if errors.Is(err, os.ErrNotExist) {
				b = []byte("-")
			} else if err != nil {
				return "", err
			}
			texts = append(texts, string(b))
		}
		return strings.Join(texts, " "), nil
	}
}

func TestEntries(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	a, b, c := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "c")
	write(t, a, "1")
	if err := os.Symlink(filepath.Join(other, "c"), c); err != nil {
		t.Fatal(err)
	}
	r := newReader(t, later, entries(dir, "a", "b", "c"))
	r.expect(t, "at first", "1 - -", 1)
	r.expect(t, "nothing new", "1 - -", 1)
	tickOver(t)
	write(t, a, "22")
	r.expect(t, "written over", "22 - -", 2)
	write(t, b, "33")
	r.expect(t, "a new file", "22 33 -", 3)
	r.expect(t, "nothing new", "22 33 -", 3)
	write(t, filepath.Join(other, "c"), "4")
	r.expect(t, "the end of a link", "22 33 4", 4)
	write(t, filepath.Join(dir, "new"), "55")
	if err := os.Rename(filepath.Join(dir, "new"), a); err != nil {
		t.Fatal(err)
	}
	r.expect(t, "replaced", "55 33 4", 5)
	tickOver(t)
	if err := os.Remove(b); err != nil {
		t.Fatal(err)
	}
	r.expect(t, "gone", "55 - 4", 6)
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	r.expect(t, "all gone", "- - -", 7)
	r.expect(t, "nothing new", "- - -", 7)
}

// A file that keeps its size and is given its old time shows all the same.
func TestTimeSetBack(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	past := time.Unix(1e9, 0)
	set := func(text string) {
		t.Helper()
		write(t, path, text)
		if err := os.Chtimes(path, past, past); err != nil {
			t.Fatal(err)
		}
	}
	set("1")
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t, later, entries(dir, "a"))
	r.expect(t, "at first", "1", 1)
	tickOver(t)
	set("2")
	if now, err := os.Stat(path); err != nil || !now.ModTime().Equal(fi.ModTime()) || now.Size() != fi.Size() {
		t.Fatalf("%v %v", now, err)
	}
	r.expect(t, "its time set back", "2", 2)
}

// What has just been touched may be touched again without a trace.
func TestJustTouched(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	write(t, path, "1")
	now := time.Now
	r := newReader(t, func() time.Time { return now() }, entries(dir, "a"))
	touched := look(path).status
	now = func() time.Time { return time.Unix(touched.Unix()).Add(tick) }
	r.expect(t, "at once", "1", 1)
	r.expect(t, "again", "1", 2)
	now = later
	r.expect(t, "later", "1", 3)
	r.expect(t, "now it stays", "1", 3)
	if m := (mark{ino: 1, known: true}); m.settled(time.Unix(0, 0).Add(seconds)) || !m.settled(time.Unix(0, 1).Add(seconds)) {
		t.Error("times in whole seconds are believed too early, or too late")
	}
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a")
	write(t, path, "")
	bad := errors.New("bad")
	r := newReader(t, later, func(s *Seen) (string, error) {
		s.File(path)
		return "half", bad
	})
	for n := range 2 {
		if got, err := r.Get(); got != "half" || err != bad || r.made != n+1 {
			t.Errorf("%q %v, made %d times", got, err, r.made)
		}
	}
	below := newReader(t, later, func(s *Seen) (string, error) {
		s.File(filepath.Join(path, "none")) // no folder: nobody can tell
		return "", nil
	})
	below.expect(t, "no folder", "", 1)
	below.expect(t, "no folder", "", 2)
	missing := newReader(t, later, func(s *Seen) (string, error) {
		s.File(filepath.Join(dir, "none"))
		return "", nil
	})
	missing.expect(t, "missing", "", 1)
	missing.expect(t, "missing", "", 1)
	write(t, filepath.Join(dir, "none"), "")
	missing.expect(t, "there", "", 2)
}
