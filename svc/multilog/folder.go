package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/lock"
	"qmailkit/internal/sys"
)

const (
	// finished is the bit in the mode of "current", "previous" and
	// "processed" that says that the file is whole and on disk.
	finished = 0o100

	modeOpen     = 0o644
	modeFinished = 0o744

	// margin is how near to its size, in bytes, a log is finished at the end
	// of a line.
	margin = 2000

	outputSize = 1 << 16
)

// folder is a log: the file "current" that grows, and old ones.
type folder struct {
	name      string
	size      int64 // of a file, in bytes
	count     int64 // of files
	processor *string
	now       func() time.Time
	warn      func(what string, err error)
	p         *cmd.Proc

	dir      *sys.Dir
	lock     *os.File
	current  *os.File
	bytes    int64 // in current
	buf      []byte
	selected bool // the line of the moment goes here
}

// open makes the folder if need be, locks it, and brings it into order after
// a multilog that did not get to its end.
func (f *folder) open() error {
	path := f.p.Path(f.name)
	os.Mkdir(path, 0o700)
	dir, err := sys.OpenDir(path)
	if err != nil {
		return f.p.FatalSys(cmd.ExitTemporary, "unable to open directory "+f.name, err)
	}
	f.dir = dir
	f.lock, err = dir.Open("lock", appending, 0o600)
	if err == nil {
		err = lock.TryExclusive(f.lock)
	}
	if err != nil {
		return f.p.FatalSys(cmd.ExitTemporary, "unable to lock directory "+f.name, err)
	}
	f.buf = make([]byte, 0, outputSize)
	st, err := f.dir.Stat("current")
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return f.fatal("unable to stat ", "current", err)
	case err == nil && st.Perm&finished != 0:
		f.bytes = st.Size
	default:
		if err := f.recover(); err != nil {
			return err
		}
	}
	if f.current, err = dir.Open("current", appending, 0o600); err != nil {
		return f.fatal("unable to append to ", "current", err)
	}
	if err := f.current.Chmod(modeOpen); err != nil {
		return f.fatal("unable to set mode of ", "current", err)
	}
	return nil
}

const appending = syscall.O_WRONLY | syscall.O_CREAT | syscall.O_APPEND | syscall.O_NONBLOCK

// recover saves what an interrupted multilog left under a name of its own.
func (f *folder) recover() error {
	f.dir.Remove("state")
	f.dir.Remove("newstate")
	st, err := f.dir.Stat("processed")
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return f.fatal("unable to stat ", "processed", err)
	case err == nil && st.Perm&finished != 0:
		f.dir.Remove("previous")
		f.finish("processed", "s")
	default:
		f.dir.Remove("processed")
		f.finish("previous", "u")
	}
	f.finish("current", "u")
	state, err := f.dir.Open("state", writing, 0o644)
	if err != nil {
		return f.fatal("unable to write to ", "state", err)
	}
	return state.Close()
}

const writing = syscall.O_WRONLY | syscall.O_CREAT | syscall.O_TRUNC

func (f *folder) fatal(what, file string, err error) error {
	return f.p.FatalSys(cmd.ExitTemporary, what+f.name+"/"+file, err)
}

// put buffers bytes for the log.
func (f *folder) put(b []byte) {
	for len(b) > 0 {
		n := copy(f.buf[len(f.buf):cap(f.buf)], b)
		f.buf = f.buf[:len(f.buf)+n]
		b = b[n:]
		if len(f.buf) == cap(f.buf) {
			f.flush()
		}
	}
}

// flush writes all that is buffered, however long it takes.
func (f *folder) flush() {
	b := f.buf
	for len(b) > 0 {
		if f.bytes >= f.size {
			f.rotate()
		}
		n, err := syscall.Write(int(f.current.Fd()), b[:f.portion(b)])
		if n <= 0 {
			if !errors.Is(err, syscall.EINTR) {
				f.warn("unable to write to "+f.name+"/current, pausing", err)
			}
			continue
		}
		f.bytes += int64(n)
		last := b[n-1]
		b = b[n:]
		if f.bytes >= f.size-margin && last == '\n' {
			f.rotate()
		}
	}
	f.buf = f.buf[:0]
}

// portion is how much of b goes into current: up to the first end of a line
// within the margin, or what there is room for.
func (f *folder) portion(b []byte) int {
	n := int(min(int64(len(b)), f.size-f.bytes))
	from := max(0, f.size-margin-f.bytes-1)
	if from < int64(n) {
		if i := bytes.IndexByte(b[from:n], '\n'); i >= 0 {
			return int(from) + i + 1
		}
	}
	return n
}

// quit marks current as whole.
func (f *folder) quit() {
	f.until("unable to write "+f.name+"/current to disk, pausing", f.current.Sync)
	f.until("unable to set mode of "+f.name+"/current, pausing", func() error { return f.current.Chmod(modeFinished) })
	f.current.Close()
	f.lock.Close()
	f.dir.Close()
}

// until does what may fail until it does not.
func (f *folder) until(what string, do func() error) {
	for {
		err := do()
		if err == nil {
			return
		}
		f.warn(what, err)
	}
}
