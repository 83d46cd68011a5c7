package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// Keys has the terminal f give each key at once and without showing it, those
// that end or stop programs too, until restore is called, which may be called
// more than once.
func Keys(f *os.File) (restore func() error, err error) {
	fd := int(f.Fd())
	before, err := unix.IoctlGetTermios(fd, getTermios)
	if err != nil {
		return nil, os.NewSyscallError("ioctl", err)
	}
	raw := *before
	raw.Lflag &^= unix.ECHO | unix.ICANON | unix.ISIG | unix.IEXTEN
	raw.Cc[unix.VMIN], raw.Cc[unix.VTIME] = 1, 0
	if err := unix.IoctlSetTermios(fd, setTermios, &raw); err != nil {
		return nil, os.NewSyscallError("ioctl", err)
	}
	return func() error { return os.NewSyscallError("ioctl", unix.IoctlSetTermios(fd, setTermios, before)) }, nil
}
