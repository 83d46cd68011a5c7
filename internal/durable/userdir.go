package durable

import (
	"errors"
	"syscall"
)

// SyncUserDir is SyncDir for a folder that is not qmail's own: one that may be
// written but not opened for reading, or that its file system has no way to
// sync, is as durable as it gets and no error.
func SyncUserDir(dir string) error { return UserDir(SyncDir(dir)) }

// UserDir makes an error of opening or syncing a folder what SyncUserDir says
// of it.
func UserDir(err error) error {
	for _, unable := range []error{syscall.EACCES, syscall.EPERM, syscall.EINVAL, syscall.ENOTSUP} {
		if errors.Is(err, unable) {
			return nil
		}
	}
	return err
}
