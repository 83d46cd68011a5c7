// Package timeoutio reads and writes inherited descriptors with a limit on
// how long the other side may keep still. It leaves them in blocking mode:
// who else holds the same socket or terminal must not notice.
package timeoutio

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"qmailkit/internal/sys"
)

// File is an open file whose every Read and Write must begin within Timeout,
// or fails with os.ErrDeadlineExceeded. A Write that nobody reads any more is an
// error too, and does not end the program.
type File struct {
	*os.File
	Timeout time.Duration
}

func (f File) Read(b []byte) (int, error) {
	if err := f.wait(unix.POLLIN); err != nil {
		return 0, err
	}
	return f.File.Read(b)
}

func (f File) Write(b []byte) (int, error) {
	if err := f.wait(unix.POLLOUT); err != nil {
		return 0, err
	}
	if err := sys.Write(f.File, b); err != nil {
		return 0, err
	}
	return len(b), nil
}

// wait returns nil when the descriptor is ready, or when only the call itself
// can say what is wrong with it.
func (f File) wait(events int16) error {
	end := time.Now().Add(f.Timeout)
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
