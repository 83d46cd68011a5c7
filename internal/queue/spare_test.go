package queue

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// spareQueue is one with spare files, whose messages are added while others are.
type spareQueue struct {
	*testing.T
	*Queue
	number int
}

func newSpareQueue(t *testing.T, more ...string) *spareQueue {
	q := empty(t, more...)
	q.Spares = &Spares{}
	return &spareQueue{T: t, Queue: q}
}

// add returns the message's number, and its envelope's inode.
func (q *spareQueue) add(recipients string) (ID, uint64) {
	q.Helper()
	q.number++
	s := submission("x", "Fa@b\x00"+recipients+"\x00")
	s.Crowded, s.PID = true, q.number
	id, err := q.Add(s)
	if err != nil {
		q.Fatal(err)
	}
	want := "u12\x00p" + strconv.Itoa(q.number) + "\x00Fa@b\x00" + recipients
	if text, _ := os.ReadFile(q.Path("todo", id)); string(text) != want {
		q.Errorf("%q, want %q", text, want)
	}
	fi, err := os.Stat(q.Path("intd", id))
	if err != nil {
		q.Fatal(err)
	}
	if fi.Mode() != fileMode {
		q.Error(fi.Mode())
	}
	return id, fi.Sys().(*syscall.Stat_t).Ino
}

// clean does what qmail-clean does when a message leaves todo.
func (q *spareQueue) clean(id ID) {
	q.Helper()
	for _, dir := range []string{"intd", "todo"} {
		if err := os.Remove(q.Path(dir, id)); err != nil {
			q.Fatal(err)
		}
	}
}

func (q *spareQueue) inPid() []string {
	names, _ := filepath.Glob(filepath.Join(q.Root, "pid/*"))
	return names
}

// A file is used again when its names have gone and the folder has been synced
// since, and holds nothing of what it held.
func TestSpare(t *testing.T) {
	q := newSpareQueue(t)
	first, ino := q.add("T" + strings.Repeat("long", 100) + "\x00")
	second, other := q.add("Tb\x00")
	if other == ino {
		t.Fatal("the envelope of a queued message was written over")
	}
	q.clean(first)
	third, other := q.add("Tc\x00")
	if other == ino {
		t.Error("used before the end of the entry that it had was on disk")
	}
	fourth, other := q.add("Td\x00")
	if other != ino {
		t.Error("not used again")
	}
	if names := q.inPid(); len(names) != 3 {
		t.Errorf("%q", names)
	}
	for _, id := range []ID{second, third, fourth} {
		q.clean(id)
	}
	q.Spares.Remove()
	if names := q.inPid(); len(names) != 0 {
		t.Errorf("left %q", names)
	}
}

// As many messages as there may be files, and more, and none of them ends.
func TestSparesBounded(t *testing.T) {
	q := newSpareQueue(t)
	q.Spares.all = maxSpares - 2
	inodes := map[uint64]bool{}
	for range 5 {
		_, ino := q.add("Tb\x00")
		inodes[ino] = true
	}
	if len(inodes) != 5 || len(q.inPid()) != 2 {
		t.Errorf("%d files for 5 messages, %q", len(inodes), q.inPid())
	}
}

// What somebody else has a name for, or has taken away, is not used.
func TestSpareTaken(t *testing.T) {
	for what, do := range map[string]func(q *spareQueue, name string) error{
		"swept":  func(q *spareQueue, name string) error { return os.Remove(name) },
		"linked": func(q *spareQueue, name string) error { return os.Link(name, q.Root+"/copy") },
		"a link": func(q *spareQueue, name string) error {
			os.Remove(name)
			return os.Symlink(q.Root+"/copy", name)
		},
	} {
		for _, before := range []bool{false, true} { // it is known to be free
			q := newSpareQueue(t)
			first, ino := q.add("Tb\x00")
			name := q.inPid()[0]
			var text []byte
			change := func() {
				if err := do(q, name); err != nil {
					t.Fatal(err)
				}
				text, _ = os.ReadFile(q.Root + "/copy")
			}
			if before {
				change()
			}
			q.clean(first)
			q.add("Tc\x00")
			if !before {
				change()
			}
			for range 2 {
				_, other := q.add("Td\x00")
				if _, err := os.Stat(q.Root + "/copy"); err == nil && other == ino {
					t.Errorf("%s, %v: used", what, before)
				}
			}
			if now, _ := os.ReadFile(q.Root + "/copy"); !bytes.Equal(text, now) {
				t.Errorf("%s, %v: written over", what, before)
			}
		}
	}
}

// A message alone, a split todo, a long envelope: files of their own.
func TestNoSpare(t *testing.T) {
	q := newSpareQueue(t)
	q.add(strings.Repeat("T"+strings.Repeat("x", 500)+"\x00", 20))
	if _, err := q.Add(submission("", "F\x00\x00")); err != nil {
		t.Error(err)
	}
	if names := q.inPid(); len(names) != 0 {
		t.Errorf("%q", names)
	}
	q = newSpareQueue(t, "todo/0", "todo/1", "todo/2", "intd/0", "intd/1", "intd/2")
	q.add("Tb\x00")
	if names := q.inPid(); len(names) != 0 {
		t.Errorf("%q", names)
	}
}

// A message that fails leaves nothing, whatever it has used.
func TestSpareFailure(t *testing.T) {
	for _, freed := range []bool{false, true} {
		for folder, step := range map[string]Step{"intd": InIntd, "todo": InTodo} {
			q := newSpareQueue(t)
			if freed {
				for range 2 {
					id, _ := q.add("Tb\x00")
					q.clean(id)
					os.Remove(q.Path("mess", id))
				}
			}
			if err := os.Remove(q.Root + "/" + folder); err != nil {
				t.Fatal(err)
			}
			s := submission("x", "Fa@b\x00Tc\x00\x00")
			s.Crowded = true
			_, err := q.Add(s)
			var failure *AddError
			if !errors.As(err, &failure) || failure.Step != step {
				t.Errorf("%v", err)
			}
			if all := q.Spares.all; all != len(q.inPid()) {
				t.Errorf("%s, %v: %d spares, and %q", folder, freed, all, q.inPid())
			}
			q.Spares.Remove()
			if left := q.listed(t); len(left) != 0 {
				t.Errorf("%s, %v: left %q", folder, freed, left)
			}
		}
	}
}
