// Package trigger is the fifo by which qmail-queue wakes qmail-send.
package trigger

import (
	"errors"
	"os"
	"sync"
	"syscall"
	"time"
)

// Pull wakes the qmail-send of the queue in root. It neither waits nor fails:
// qmail-send finds the message at its next scan all the same.
func Pull(root string) {
	fd, err := syscall.Open(root+"/lock/trigger", syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return // nobody is reading
	}
	syscall.Write(fd, []byte{0})
	syscall.Close(fd)
}

// lookAgain is how often a listener makes sure that its fifo is still the one
// that has the name: it may be made anew under a running qmail-send.
const lookAgain = time.Minute

// Listener hears pulls.
type Listener struct {
	path   string
	closed chan struct{}

	mu          sync.Mutex // guards what follows
	read, write *os.File   // nil where there is no fifo
}

// Listen opens the fifo of the queue in root. One that is not there may come
// later, if there is a folder for it. The listener holds its writing end too, so
// that reading never sees the end of the file.
func Listen(root string) (*Listener, error) {
	if _, err := os.Stat(root + "/lock"); err != nil {
		return nil, err
	}
	l := &Listener{path: root + "/lock/trigger", closed: make(chan struct{})}
	l.open()
	return l, nil
}

// open opens the fifo that has the name now in the place of the one before. It
// tells whether it is another one.
func (l *Listener) open() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.same() || l.isClosed() {
		return false
	}
	l.drop()
	read, err := os.OpenFile(l.path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	fi, err := read.Stat()
	if err != nil || fi.Mode().Type() != os.ModeNamedPipe {
		read.Close()
		return false
	}
	write, err := os.OpenFile(l.path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		read.Close()
		return false
	}
	l.read, l.write = read, write
	return true
}

// same tells whether the open fifo is the one that has the name.
func (l *Listener) same() bool {
	if l.read == nil {
		return false
	}
	ours, err1 := l.read.Stat()
	theirs, err2 := os.Stat(l.path)
	return err1 == nil && err2 == nil && os.SameFile(ours, theirs)
}

func (l *Listener) drop() {
	if l.read != nil {
		l.read.Close()
		l.write.Close()
		l.read, l.write = nil, nil
	}
}

func (l *Listener) isClosed() bool {
	select {
	case <-l.closed:
		return true
	default:
		return false
	}
}

// Wait returns at the next pull, or with an error once the listener is closed.
// Pulls that came since the last Wait count as one, and so does a new fifo:
// who knows what came meanwhile.
func (l *Listener) Wait() error { return l.wait(lookAgain) }

func (l *Listener) wait(every time.Duration) error {
	for !l.isClosed() {
		l.mu.Lock()
		read := l.read
		l.mu.Unlock()
		if read == nil {
			l.pause(every)
		} else if n, err := hear(read, every); n > 0 {
			return nil
		} else if !errors.Is(err, os.ErrDeadlineExceeded) {
			l.pause(every)
		}
		if l.open() {
			return nil
		}
	}
	return os.ErrClosed
}

// hear waits for a pull, for a while.
func hear(read *os.File, patience time.Duration) (int, error) {
	read.SetReadDeadline(time.Now().Add(patience))
	var buf [4096]byte
	return read.Read(buf[:])
}

func (l *Listener) pause(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-l.closed:
	case <-timer.C:
	}
}

// Close makes Wait return. It may be called once.
func (l *Listener) Close() {
	close(l.closed)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.drop()
}
