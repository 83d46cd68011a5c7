package sys

import (
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Readable waits until a read from f would not block, but no longer than
// patience. It is false when it cannot tell.
func Readable(f *os.File, patience time.Duration) bool {
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLIN}}
	n, err := unix.Poll(fds, int(patience.Milliseconds()))
	return n == 1 && err == nil
}

// Writable tells whether a line can be written to f now without waiting.
func Writable(f *os.File) bool {
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLOUT}}
	n, err := unix.Poll(fds, 0)
	return n == 1 && err == nil
}

// WasClosed tells whether the standard descriptor f was closed when this
// program started: the runtime then put /dev/null in its place, open for
// reading and writing. To a reader it would look like an empty file.
func WasClosed(f *os.File) bool {
	fi, err := f.Stat()
	if err != nil || fi.Mode()&os.ModeCharDevice == 0 {
		return err != nil
	}
	null, err := os.Stat(os.DevNull)
	if err != nil || !os.SameFile(fi, null) {
		return false
	}
	flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFL, 0)
	return err == nil && flags&unix.O_ACCMODE == unix.O_RDWR
}

// WaitReadable waits until a read from one of the files would not block, and
// tells from which. Where the system cannot tell it names all.
func WaitReadable(files ...*os.File) []bool {
	fds := make([]unix.PollFd, len(files))
	for i, f := range files {
		fds[i] = unix.PollFd{Fd: int32(f.Fd()), Events: unix.POLLIN}
	}
	ready := make([]bool, len(files))
	_, err := unix.Poll(fds, -1)
	for i := range fds {
		ready[i] = fds[i].Revents != 0 || err != nil && err != unix.EINTR
	}
	return ready
}
