package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/tai64"
)

// rotate makes an old log of current and begins a new one. Every step leaves
// the folder so that open knows how to go on from there.
func (f *folder) rotate() {
	f.until("unable to write "+f.name+"/current to disk, pausing", f.current.Sync)
	f.current.Close()
	f.until("unable to rename current to previous in directory "+f.name+", pausing",
		func() error { return f.dir.Rename("current", "previous") })
	f.until("unable to create "+f.name+"/current, pausing", func() (err error) {
		f.current, err = f.dir.Open("current", appending, 0o600)
		return err
	})
	f.bytes = 0
	f.until("unable to set mode of "+f.name+"/current, pausing", func() error { return f.current.Chmod(modeOpen) })
	f.until("unable to set mode of "+f.name+"/previous, pausing",
		func() error { return f.dir.Chmod("previous", modeFinished) })
	if f.processor == nil {
		f.finish("previous", "s")
		return
	}
	f.process()
	f.settle("processed", func(file *os.File) error { return file.Chmod(modeFinished) })
	f.settle("newstate", nil)
	f.until("unable to remove "+f.name+"/previous, pausing", func() error { return f.dir.Remove("previous") })
	f.until("unable to rename newstate to state in directory "+f.name+", pausing",
		func() error { return f.dir.Rename("newstate", "state") })
	f.finish("processed", "s")
}

// settle sees that what the processor wrote is on disk, and lets mark mark it
// then.
func (f *folder) settle(name string, mark func(*os.File) error) {
	var file *os.File
	f.until("unable to create "+f.name+"/"+name+", pausing", func() (err error) {
		file, err = f.dir.Open(name, appending, 0o644)
		return err
	})
	defer file.Close()
	f.until("unable to write "+f.name+"/"+name+" to disk, pausing", file.Sync)
	if mark != nil {
		f.until("unable to set mode of "+f.name+"/"+name+", pausing", func() error { return mark(file) })
	}
}

// process has the processor make "processed" and "newstate" of "previous" and
// "state", until it succeeds.
func (f *folder) process() {
	for {
		proc, err := f.startProcessor()
		if err != nil {
			what := "unable to run " + *f.processor
			if child.NoProcess(err) {
				what = "unable to fork for processor in " + f.name
			}
			f.warn(what+", pausing", err)
			continue
		}
		code, err := child.Wait(proc)
		switch {
		case errors.Is(err, child.ErrCrashed):
			f.warn("processor crashed in "+f.name+", pausing", nil)
		case err != nil:
			f.warn("wait failed for processor in "+f.name+", pausing", err)
		case code != 0:
			f.warn("processor failed in "+f.name+", pausing", nil)
		default:
			return
		}
	}
}

func (f *folder) startProcessor() (*os.Process, error) {
	files := []*os.File{nil, nil, f.p.Stderr, nil, nil, nil}
	for _, o := range []struct {
		fd    int
		name  string
		flags int
	}{
		{0, "previous", os.O_RDONLY}, {1, "processed", writing}, {4, "state", os.O_RDONLY | os.O_CREATE}, {5, "newstate", writing},
	} {
		file, err := f.dir.Open(o.name, o.flags, 0o644)
		if err != nil {
			return nil, err
		}
		defer file.Close()
		files[o.fd] = file
	}
	attr := &os.ProcAttr{Dir: f.dir.Path(), Env: f.p.Env, Files: files}
	return os.StartProcess("/bin/sh", []string{"sh", "-c", *f.processor}, attr)
}

// finish gives file the name of an old log and removes the oldest ones that
// are too many. A file that has a second name has been here before.
func (f *folder) finish(file, code string) {
	links := uint64(0)
	f.until("unable to stat "+f.name+"/"+file+", pausing", func() error {
		st, err := f.dir.Stat(file)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		links = st.Links
		return nil
	})
	if links == 0 {
		return
	}
	if links == 1 {
		f.keep(file, code)
	}
	f.until("unable to remove "+f.name+"/"+file+", pausing", func() error { return f.dir.Remove(file) })
	for !f.fits() {
	}
}

// keep links file to a name of its own.
func (f *folder) keep(file, code string) {
	for at := f.now(); ; {
		old := string(tai64.Append(nil, at)) + "." + code
		err := f.dir.Link(file, old)
		switch {
		case err == nil:
			return
		case errors.Is(err, syscall.EEXIST):
			at = at.Add(time.Nanosecond)
		default:
			f.warn("unable to link to "+f.name+"/"+old+", pausing", err)
			at = f.now()
		}
	}
}

// fits removes the oldest log and returns false if there are too many.
func (f *folder) fits() bool {
	var names []string
	f.until("unable to read directory "+f.name+", pausing", func() (err error) {
		names, err = f.dir.Names()
		return err
	})
	count, oldest := int64(0), ""
	for _, name := range names {
		if name[0] == '@' && len(name) >= tai64.LabelSize {
			count++
			if oldest == "" || name < oldest {
				oldest = name
			}
		}
	}
	if count < f.count {
		return true
	}
	f.until("unable to remove "+f.name+"/"+oldest+", pausing", func() error {
		err := f.dir.Remove(oldest)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
	return false
}
