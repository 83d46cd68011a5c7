// Package trigger is the fifo by which qmail-queue wakes qmail-send.
package trigger

import (
	"os"
	"syscall"
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

// Listener hears pulls.
type Listener struct {
	read, write *os.File
}

// Listen opens the fifo of the queue in root. The listener holds its writing
// end too, so that reading never sees the end of the file.
func Listen(root string) (*Listener, error) {
	path := root + "/lock/trigger"
	read, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	write, err := os.OpenFile(path, os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		read.Close()
		return nil, err
	}
	return &Listener{read, write}, nil
}

// Wait returns at the next pull, or with an error once the listener is closed.
// Pulls that came since the last Wait count as one.
func (l *Listener) Wait() error {
	var buf [4096]byte
	_, err := l.read.Read(buf[:])
	return err
}

// Close makes Wait return.
func (l *Listener) Close() error {
	l.write.Close()
	return l.read.Close()
}
