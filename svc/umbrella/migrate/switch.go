package migrate

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"qmailkit/internal/durable"
	"qmailkit/internal/ids"
	"qmailkit/svc/umbrella/layout"
)

// Switch puts ours into the place of every program that s says is replaced, and
// adds those that it says are added. It may be cut short anywhere and begun
// again. did is told of each.
func Switch(w World, s *Survey, did func(Item)) error {
	home := w.Proc.Home
	j, err := openJournal(home, filepath.Join(home, folder))
	if err != nil {
		return err
	}
	defer j.close()
	x := &exchange{World: w, journal: j, bin: filepath.Join(home, "bin"), ids: ids.Of(home), staged: map[mark]placedAs{}}
	for _, i := range s.Items {
		switch {
		case i.Kind == "program" && (i.Fate == Replaced || i.Fate == Added):
			err = x.program(i.Name)
		case i.Kind == "control" && i.Fate == Changed:
			err = x.dialect(dialectFor(s.Origin))
		default:
			continue
		}
		if err != nil {
			return err
		}
		did(i)
	}
	return nil
}

// exchange is a Switch under way.
type exchange struct {
	World
	journal *journal
	bin     string
	ids     *ids.Home
	staged  map[mark]placedAs // by the file in From: programs that are one file there
}

// placedAs is a program that has been put into its place.
type placedAs struct {
	path string
	layout.Looks
}

// program does one. Whatever ends it in between, there is a program of that
// name at any time.
func (x *exchange) program(name string) error {
	to, old := filepath.Join(x.bin, name), filepath.Join(x.journal.dir, oldFolder, name)
	was, err := os.Stat(to)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	op := opSwitch
	if err != nil {
		op = opAdd
	}
	if x.journal.placed(opSwitch, name, to) || x.journal.placed(opAdd, name, to) {
		return nil // done, by a run that was cut short
	}
	want, err := x.wanted(name, was)
	if err != nil {
		return err
	}
	if op == opSwitch {
		if err := keep(to, old); err != nil {
			return err
		}
	}
	staged, err := x.stage(name, want)
	if err != nil {
		return err
	}
	if err := x.journal.note(entry{op, name, staged}); err != nil {
		return err
	}
	if err := os.Rename(temporary(x.bin, name), to); err != nil {
		return err
	}
	return durable.SyncDir(x.bin)
}

// keep gives the old program its second name. If there is one already, a run
// that was cut short has given it.
func keep(path, old string) error {
	if here, ok := markOf(old); ok {
		if now, _ := markOf(path); now == here {
			return nil
		}
		if err := os.Remove(old); err != nil { // somebody has installed another since
			return err
		}
	}
	if err := os.Link(path, old); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(old))
}

// groupReads is the right by which qmailr sees whether qmail-rspawn may stand
// in for qmail-remote. The programs of C do without.
const groupReads = 0o040

// wanted is what the old program looks like, or a new one should.
func (x *exchange) wanted(name string, was fs.FileInfo) (layout.Looks, error) {
	usual, err := layout.LooksOf(x.ids, name)
	if err != nil || was == nil {
		return usual, err
	}
	st := was.Sys().(*syscall.Stat_t)
	return layout.Looks{UID: int(st.Uid), GID: int(st.Gid), Mode: was.Mode() | usual.Mode&groupReads}, nil
}

// stage makes the complete program under its temporary name. Of programs that
// are one file in From, those that look the same are one file here too.
func (x *exchange) stage(name string, want layout.Looks) (m mark, err error) {
	from, to := filepath.Join(x.From, name), temporary(x.bin, name)
	if err := os.Remove(to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return m, err
	}
	source, _ := markOf(from)
	if first, ok := x.staged[source]; !ok || first.Looks != want || os.Link(first.path, to) != nil {
		if err := want.Install(from, to); err != nil {
			return m, err
		}
		x.staged[source] = placedAs{filepath.Join(x.bin, name), want}
	}
	m, _ = markOf(to)
	return m, nil
}

// dialect writes control/dialect, where there is none.
func (x *exchange) dialect(word string) error {
	to := x.Proc.InHome("control", "dialect")
	if there(to) || word == "" {
		return nil
	}
	staged := to + ".migrate"
	if err := os.Remove(staged); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(staged, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(word + "\n")
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return err
	}
	m, _ := markOf(staged)
	if err := x.journal.note(entry{opWrite, "dialect", m}); err != nil {
		return err
	}
	if err := os.Rename(staged, to); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(to))
}
