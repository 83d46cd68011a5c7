package queue

import (
	"os"
	"strconv"
	"sync"
	"syscall"

	"qmailkit/internal/plain"
)

// Spares are files that have held the envelope of a message that has left todo,
// and may hold another's. To make a file, to give it room and to take both back
// is most of what a small envelope costs a busy disk.
//
// Such a file has a name in pid for as long as it is kept, and links to that in
// intd and todo while it is a message's. It is free when it has no other name
// again, and is written once that is on disk: after a crash an entry of todo that
// had been removed could be there again, with the recipients of another message
// in it. So one that is seen to be free is used only when the folder todo has been
// synced after that.
//
// qmail-clean takes away the names in pid that a killed process leaves. One of a
// living process that it takes away is forgotten.
type Spares struct {
	mu   sync.Mutex
	all  int      // how many there are, those included that are about to be written
	used []string // messages have them, as far as is known; the oldest comes first
	free []string
}

const (
	// maxSpares is a little more than how many messages qmail-send delivers
	// from todo at once. While more than that wait, there is nothing to reuse.
	maxSpares = 1024

	// maxSpare is the length of an envelope that a spare file is used for.
	maxSpare = 4096

	// looks is how many files a message looks at: more than it uses, so that those
	// that stay in use are passed over.
	looks = 2
)

// look returns the names of files that are free. They are to be given back by
// freed, or by keep.
func (s *Spares) look() (seen []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for range min(looks, len(s.used)) {
		name := s.used[0]
		s.used = s.used[1:]
		var st syscall.Stat_t
		switch {
		case syscall.Lstat(name, &st) != nil:
			s.all--
		case st.Nlink == 1:
			seen = append(seen, name)
		default:
			s.used = append(s.used, name)
		}
	}
	return seen
}

// keep takes files that messages have, or may have.
func (s *Spares) keep(names ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.used = append(s.used, names...)
}

// freed takes files that nobody has, and that is on disk.
func (s *Spares) freed(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.free = append(s.free, names...)
}

// take returns the name of a free file; made tells that it is to be made. ""
// means that there are as many as there may be.
func (s *Spares) take(name string) (spare string, made bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n := len(s.free); n > 0 {
		spare, s.free = s.free[n-1], s.free[:n-1]
		return spare, false
	}
	if s.all >= maxSpares {
		return "", false
	}
	s.all++
	return name, true
}

// drop forgets a file that take has returned, and removes its name.
func (s *Spares) drop(name string) {
	os.Remove(name)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all--
}

// Remove takes the names away, when no more messages are added.
func (s *Spares) Remove() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, name := range append(s.used, s.free...) {
		os.Remove(name)
	}
	s.all, s.used, s.free = 0, nil, nil
}

// spares are those that may be used for the message, or nil: a message that is
// added alone has time for a file of its own. Where todo is split, the folder that
// is synced need not be the one that a file was in.
func (a *adding) spares() *Spares {
	if !a.s.Crowded || a.q.SplitTodo {
		return nil
	}
	return a.q.Spares
}

// openSpare makes a spare file intd's. It does nothing where there is none.
func (a *adding) openSpare() error {
	spares := a.spares()
	if spares == nil {
		return nil
	}
	own := a.q.Root + "/pid/" + strconv.Itoa(a.s.PID) + "." + strconv.FormatInt(a.s.Now.Unix(), 10) + ".e"
	for {
		name, made := spares.take(own)
		if name == "" {
			return nil
		}
		f, length := openAlone(name, made)
		if f == nil {
			spares.drop(name)
			if made {
				return nil
			}
			continue
		}
		if err := os.Link(name, a.q.Path("intd", a.id)); err != nil {
			f.Close()
			spares.drop(name)
			if !made && os.IsNotExist(err) {
				continue // swept away meanwhile
			}
			return failed(InIntd, err)
		}
		a.intd, a.spare, a.stale = f, name, length
		if made && !counted(f) {
			spares.drop(name)
			a.spare = ""
		}
		return nil
	}
}

// openAlone opens a file that has no name but this one; nil is none. length is
// that of what it holds.
func openAlone(name string, made bool) (f *os.File, length int64) {
	if made {
		f, _, _ = exclusive(name)
		return f, 0
	}
	f, err := plain.OpenFile(name, os.O_WRONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, 0
	}
	fi, err := f.Stat()
	if err != nil || !fi.Mode().IsRegular() || fi.Sys().(*syscall.Stat_t).Nlink != 1 {
		f.Close()
		return nil, 0
	}
	return f, fi.Size()
}

// counted tells whether a file that has two names shows that. There are file
// systems that do not count: a message could have a file there unseen.
func counted(f *os.File) bool {
	fi, err := f.Stat()
	return err == nil && fi.Sys().(*syscall.Stat_t).Nlink == 2
}
