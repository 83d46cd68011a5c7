// Package plain does with files what package os does, without what makes the
// start of a program slow that is done in two milliseconds. It opens them past
// the runtime's poller, which regular files and folders have no use for, and
// pipes only where many wait at once; and it writes to pipes that may have no
// reader without a signal's handler.
package plain

import (
	"os"
	"syscall"
)

// Open is os.Open for a regular file or a folder.
func Open(path string) (*os.File, error) { return OpenFile(path, os.O_RDONLY, 0) }

// OpenFile is os.OpenFile for a regular file or a folder. Only the permission
// bits of perm count.
func OpenFile(path string, flag int, perm os.FileMode) (*os.File, error) {
	for {
		fd, err := syscall.Open(path, flag|syscall.O_CLOEXEC, uint32(perm.Perm()))
		switch err {
		case nil:
			return os.NewFile(uintptr(fd), path), nil
		case syscall.EINTR:
		default:
			return nil, &os.PathError{Op: "open", Path: path, Err: err}
		}
	}
}
