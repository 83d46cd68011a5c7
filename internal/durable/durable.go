// Package durable holds the steps that make a file or a name survive a crash.
// A message is acknowledged only after they have succeeded.
package durable

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"qmailkit/internal/plain"
)

// SyncDir makes the names in the folder dir durable: what was created, linked,
// renamed or removed there before the call.
func SyncDir(dir string) error {
	f, err := plain.Open(dir)
	if err != nil {
		return err
	}
	err = SyncOpenDir(f)
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}

// SyncOpenDir is SyncDir for a folder that is open. A file system that cannot
// sync folders says so; its names are as durable as they get then.
func SyncOpenDir(f *os.File) error {
	err := f.Sync()
	if Unable(err) {
		return nil
	}
	return err
}

// Unable tells whether err is that of a file system that cannot sync folders.
func Unable(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP)
}

// Replace gives the file path the content data and the mode perm at once: a
// reader sees the old content or the new, a crash leaves one of them. It
// writes temporary, a name in the same folder, which it removes on failure.
func Replace(path, temporary string, data []byte, perm os.FileMode) error {
	err := writeSynced(temporary, data, perm)
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		os.Remove(temporary)
		return err
	}
	return SyncDir(filepath.Dir(path))
}

func writeSynced(path string, data []byte, perm os.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr // NFS reports a full disk here
	}
	return err
}
