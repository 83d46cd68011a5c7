// Package stamp keeps what was made of files for as long as nobody has touched
// them, so that a program that stays need not read them each time and still
// sees every change at once.
//
// A file is looked at with one stat(2): its inode, size and times tell. Times
// are only as fine as the file system has them, so a file that was touched a
// moment ago proves nothing, and is read again until that moment has passed.
package stamp

import (
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"
)

// How long after a change another one may leave the same time: a tick of the
// kernel's clock, or on file systems that know only seconds, or pairs of them,
// as long as that.
const (
	tick    = 100 * time.Millisecond
	seconds = 3 * time.Second
)

// mark is what a file was when it was looked at. That of a file that is not
// there is zero; so is every other that cannot be looked at, but for known.
type mark struct {
	dev, ino         uint64
	size             int64
	modified, status unix.Timespec
	known            bool
}

func look(path string) mark {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	for err == unix.EINTR {
		err = unix.Stat(path, &st)
	}
	if err != nil {
		return mark{known: err == unix.ENOENT}
	}
	return mark{uint64(st.Dev), uint64(st.Ino), st.Size, st.Mtim, st.Ctim, true}
}

// settled tells whether a change after the time now cannot go unnoticed.
func (m mark) settled(now time.Time) bool {
	if m.ino == 0 {
		return m.known
	}
	// A change of the contents or the name sets the status time, and nobody
	// can set that back.
	margin := tick
	if m.status.Nsec == 0 {
		margin = seconds
	}
	return now.Sub(time.Unix(m.status.Unix())) > margin
}

// Seen are the files that something depends on, as they were before they were
// read. Each is to be noted first and read then.
type Seen struct {
	now    time.Time
	files  []file
	unsure bool // one has just been touched, or cannot be looked at
}

type file struct {
	path string
	mark mark
}

// File notes a file, or that there is none.
func (s *Seen) File(path string) {
	if !s.has(path) {
		s.note(path, look(path))
	}
}

func (s *Seen) note(path string, m mark) {
	s.files = append(s.files, file{path, m})
	s.unsure = s.unsure || !m.settled(s.now)
}

// Entry notes a file of a folder that many of those that are asked for may be
// missing in. One that is missing costs nothing later: the folder's own times
// show when it comes.
func (s *Seen) Entry(dir, name string) {
	s.File(dir)
	path := filepath.Join(dir, name)
	if s.has(path) {
		return
	}
	m := look(path)
	if m.ino == 0 && m.known && !link(path) {
		return
	}
	s.note(path, m)
}

func (s *Seen) has(path string) bool {
	for _, f := range s.files {
		if f.path == path {
			return true
		}
	}
	return false
}

// link tells whether there is something at path itself: a symbolic link to
// nothing, whose end may come without a trace in its folder.
func link(path string) bool {
	var st unix.Stat_t
	return unix.Lstat(path, &st) != unix.ENOENT
}

// same tells whether all files are still what they were.
func (s *Seen) same() bool {
	for _, f := range s.files {
		if look(f.path) != f.mark {
			return false
		}
	}
	return true
}

// Kept is what Make makes of files, made anew whenever one of them has changed
// or there was an error. The value may be handed out many times, at once, and
// must not be written to. Both fields must be set; a Kept must not be copied.
type Kept[T any] struct {
	Make func(*Seen) (T, error)
	Now  func() time.Time

	last atomic.Pointer[kept[T]]
}

type kept[T any] struct {
	value T
	seen  Seen
}

// Get returns what Make makes of the files as they are now.
func (k *Kept[T]) Get() (T, error) {
	if last := k.last.Load(); last != nil && last.seen.same() {
		return last.value, nil
	}
	made := &kept[T]{seen: Seen{now: k.Now()}}
	var err error
	made.value, err = k.Make(&made.seen)
	if err == nil && !made.seen.unsure {
		k.last.Store(made)
	}
	return made.value, err
}
