package migrate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"qmailkit/internal/durable"
)

// errNothing is a home that nothing has been switched in.
var errNothing = errors.New("nothing has been switched here, or there is no way back any more")

// Back puts every program back that Switch has taken from its place, and
// removes what Switch has added and itself. What somebody else has put there
// since is left, and its name returned. It may be cut short anywhere and begun
// again.
func Back(w World, did func(Item)) (left []string, err error) {
	home := w.Proc.Home
	dir := filepath.Join(home, folder)
	j, err := readJournal(dir)
	if err == nil && j == nil {
		err = errNothing
	}
	if err != nil {
		return nil, err
	}
	entries := j.last()
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		done, err := e.undo(home)
		if err != nil {
			return nil, err
		}
		if !done {
			left = append(left, e.name)
			continue
		}
		did(Item{Kind: "program", Name: e.name, Where: filepath.Join(home, "bin"), Fate: e.op})
	}
	return left, clean(home, dir, len(left) > 0)
}

// undo does away with what an entry has done; false is a file that it has not
// made.
func (e entry) undo(home string) (bool, error) {
	path, old := filepath.Join(home, "bin", e.name), filepath.Join(home, folder, oldFolder, e.name)
	if e.op == opWrite {
		path = filepath.Join(home, "control", e.name)
	}
	now, present := markOf(path)
	switch {
	case e.op != opSwitch && !present:
		return true, nil
	case e.op != opSwitch && now != e.mark:
		return false, nil
	case e.op != opSwitch:
		if err := os.Remove(path); err != nil {
			return false, err
		}
		return true, durable.SyncDir(filepath.Dir(path))
	}
	before, kept := markOf(old)
	switch {
	case !kept: // put back by a run that was cut short
		return true, nil
	case present && now == before: // a second name is all that was done
		return true, os.Remove(old)
	case present && now != e.mark:
		return false, nil
	}
	if err := os.Rename(old, path); err != nil {
		return false, err
	}
	return true, durable.SyncDir(filepath.Dir(path))
}

// clean removes the journal and its folders; not if something was left, for
// which the old programs may be wanted.
func clean(home, dir string, some bool) error {
	if some {
		return nil
	}
	old := filepath.Join(dir, oldFolder)
	extra, err := os.ReadDir(old)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, e := range extra {
		// A second name of a program that was never exchanged.
		path := filepath.Join(home, "bin", e.Name())
		kept, ok := markOf(filepath.Join(old, e.Name()))
		if now, there := markOf(path); !ok || !there || now != kept {
			return fmt.Errorf("%s is not in bin and not in the journal", filepath.Join(old, e.Name()))
		}
		if err := os.Remove(filepath.Join(old, e.Name())); err != nil {
			return err
		}
	}
	if err := sweep(temporary(filepath.Join(home, "bin"), "*"), filepath.Join(home, "control", "*.migrate")); err != nil {
		return err
	}
	for _, path := range []string{old, filepath.Join(dir, journalFile+".new"), filepath.Join(dir, journalFile), dir} {
		err := os.Remove(path)
		if errors.Is(err, syscall.ENOTEMPTY) && path == dir {
			return nil // somebody keeps something there
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return durable.SyncDir(home)
}

// sweep removes programs that were not complete when a run was cut short.
func sweep(patterns ...string) error {
	for _, pattern := range patterns {
		found, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, path := range found {
			if err := os.Remove(path); err != nil {
				return err
			}
		}
	}
	return nil
}
