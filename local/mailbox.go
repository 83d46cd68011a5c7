package local

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"qmailkit/internal/durable"
	"qmailkit/internal/errstr"
	"qmailkit/internal/lock"
	"qmailkit/internal/mbox"
	"qmailkit/internal/plain"
	"qmailkit/maildir"
)

// toMaildir delivers into a Maildir.
func (d *delivery) toMaildir(name string) error {
	dir := d.path(name)
	m, err := maildir.Create(dir, d.names)
	if err != nil {
		// The dot asks for what chdir(2) would.
		if serr := plain.Stat(dir+"/.", new(syscall.Stat_t)); serr != nil && !errstr.Temporary(serr) {
			return temporary("Unable to chdir to maildir. (#4.2.1)")
		}
		return temporary("Temporary error on maildir delivery. (#4.3.0)")
	}
	w := d.scratch.copy
	w.Reset(m)
	w.WriteString(d.header.returnPath) // a bufio.Writer remembers its first failure
	w.WriteString(d.header.deliveredTo)
	err = d.copyMessage(w)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		m.Abort()
	} else {
		err = m.Commit()
	}
	switch {
	case err == nil:
		return nil
	case errors.As(err, new(*readError)):
		return temporary("Unable to read message. (#4.3.0)")
	case errors.Is(err, maildir.ErrTimeout):
		return temporary("Timeout on maildir delivery. (#4.3.0)")
	}
	return temporary("Temporary error on maildir delivery. (#4.3.0)")
}

// lockPatience is how long an mbox may be locked by somebody else.
const lockPatience = 30 * time.Second

// toMbox appends to an mbox. Only a process that is killed, or a machine that
// stops, leaves part of a message there; the next delivery then starts on a
// line of its own.
func (d *delivery) toMbox(name string) error {
	path := d.path(name)
	f, locked, err := openMbox(d.ctx, path)
	if errors.Is(err, errSlowLock) {
		return temporary("File has been locked for 30 seconds straight. (#4.3.0)")
	}
	if err != nil {
		return temporary("Unable to open " + name + ": " + errstr.Text(err) + ". (#4.2.1)")
	}
	f.SetWriteDeadline(d.proc.Now().Add(lockPatience)) // a FIFO's reader may sleep; files know no deadline
	end, _ := f.Seek(0, io.SeekEnd)
	err = d.appendTo(f, path, end)
	if err != nil && locked {
		f.Truncate(end)
	}
	f.Close()
	if err == nil || errors.As(err, new(*readError)) {
		return asTemporary(err)
	}
	return temporary("Unable to write " + name + ": " + errstr.Text(err) + ". (#4.3.0)")
}

func asTemporary(err error) error {
	if err == nil {
		return nil
	}
	return temporary(err.Error())
}

// appendTo writes the message to the end of the mbox f, at which end is.
func (d *delivery) appendTo(f *os.File, path string, end int64) error {
	if end == 0 {
		// Perhaps it was created for this message. Its name must be on disk
		// before the first message is, for the next ones do not look after it.
		real, err := filepath.EvalSymlinks(path)
		if err != nil {
			return err
		}
		if err := durable.SyncUserDir(filepath.Dir(real)); err != nil {
			return err
		}
	}
	w := bufio.NewWriterSize(f, bufferSize)
	if end > 0 && unterminated(f, path, end) {
		w.WriteString("\n")
	}
	w.WriteString(d.header.from)
	w.WriteString(d.header.returnPath)
	w.WriteString(d.header.deliveredTo)
	quoted := mbox.NewWriter(w)
	if err := d.copyMessage(quoted); err != nil {
		return err
	}
	if err := quoted.Close(); err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Sync()
}

// unterminated tells whether the mbox f of the given size ends inside a line.
// f is open for writing only; a file that may not be read is left as it is.
func unterminated(f *os.File, path string, size int64) bool {
	r, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer r.Close()
	ours, err1 := f.Stat()
	theirs, err2 := r.Stat()
	var last [1]byte
	if err1 != nil || err2 != nil || !ours.Mode().IsRegular() || !os.SameFile(ours, theirs) {
		return false
	}
	_, err = r.ReadAt(last[:], size-1)
	return err == nil && last[0] != '\n'
}

// openMbox opens the mbox and locks it. Who held the lock before may have put
// another file in its place, as maildir2mbox and mail readers do: what was
// locked then is no mbox any more.
func openMbox(ctx context.Context, path string) (f *os.File, locked bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, lockPatience)
	defer cancel()
	for {
		f, err = os.OpenFile(path, os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
		if err != nil {
			return nil, false, err
		}
		if locked, err = lockUntil(ctx, f); err != nil {
			return nil, false, err
		}
		ours, err1 := f.Stat()
		theirs, err2 := os.Stat(path)
		if !locked || err1 == nil && err2 == nil && os.SameFile(ours, theirs) {
			return f, locked, nil
		}
		f.Close()
		if ctx.Err() != nil {
			return nil, false, errSlowLock
		}
	}
}

var errSlowLock = errors.New("locked for too long")

// lockUntil takes the lock on f. It is not locked, and no error, where there
// are no locks. After an error f is no longer the caller's.
func lockUntil(ctx context.Context, f *os.File) (locked bool, err error) {
	err = lock.TryExclusive(f)
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return err == nil, nil
	}
	got := make(chan error, 1)
	given := make(chan bool, 1)
	go func() {
		got <- lock.Exclusive(f)
		if <-given {
			f.Close()
		}
	}()
	select {
	case err = <-got:
		given <- false
		return err == nil, nil
	case <-ctx.Done():
		given <- true // close it once the lock comes, if ever
		return false, errSlowLock
	}
}
