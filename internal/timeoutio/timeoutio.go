// Package timeoutio reads and writes descriptors with a limit on how long the
// other side may keep still. Inherited ones it leaves in blocking mode: who
// else holds the same socket or terminal must not notice. Those that a server
// has opened for itself, in non-blocking mode, are left to the runtime's poller:
// who waits there holds no thread.
package timeoutio

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"qmailkit/internal/plain"
)

// File is an open file whose every Read and Write must begin within Timeout,
// or fails with os.ErrDeadlineExceeded. A Write that nobody reads any more is an
// error too, and does not end the program.
type File struct {
	*os.File
	Timeout time.Duration
}

func (f File) Read(b []byte) (int, error) {
	if f.SetReadDeadline(time.Now().Add(f.Timeout)) != nil { // it has no poller
		if err := f.wait(unix.POLLIN, f.Timeout); err != nil {
			return 0, err
		}
	}
	return f.File.Read(b)
}

func (f File) Write(b []byte) (int, error) {
	if f.SetWriteDeadline(time.Now().Add(f.Timeout)) != nil {
		if err := f.wait(unix.POLLOUT, f.Timeout); err != nil {
			return 0, err
		}
	}
	if err := plain.Write(f.File, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// Talking waits, and returns true as soon as there is something to be read, an
// end included.
func (f File) Talking(wait time.Duration) bool {
	if f.SetReadDeadline(time.Now().Add(wait)) != nil {
		return f.wait(unix.POLLIN, wait) == nil
	}
	conn, err := f.SyscallConn()
	if err != nil {
		return false
	}
	err = conn.Read(func(fd uintptr) bool {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
		return n > 0 || err != nil && err != unix.EINTR
	})
	return err == nil
}

// wait returns nil when the descriptor is ready, or when only the call itself
// can say what is wrong with it.
func (f File) wait(events int16, limit time.Duration) error {
	end := time.Now().Add(limit)
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: events}}
	for {
		left := max(time.Until(end), 0)
		n, err := unix.Poll(fds, int(min(left.Milliseconds()+1, 1<<30)))
		switch {
		case err == unix.EINTR:
		case err != nil || n > 0:
			return err
		case left == 0:
			return os.ErrDeadlineExceeded
		}
	}
}
