package aliases

import (
	"bufio"
	"os"
	"path/filepath"
	"syscall"

	"qmailkit/internal/durable"
)

// Create opens a file to be written from its beginning. Everybody may read it,
// whatever the umask says.
func Create(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o644); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// Finish brings a file to disk, what is still in out included, and closes it.
func Finish(out *bufio.Writer, f *os.File) error {
	err := out.Flush()
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr // NFS reports a full disk here
	}
	return err
}

// Rename gives a file that is on disk the name path: readers see the old
// file or the new one. Its error is the system's, without the names.
func Rename(temporary, path string) error {
	// os.Rename would call a folder in the way a file that exists.
	if err := syscall.Rename(temporary, path); err != nil {
		return err
	}
	return durable.SyncUserDir(filepath.Dir(path))
}
