package sys

import (
	"io/fs"
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// Dir is an open folder. What is done with it is done in this folder,
// whatever its name has become.
type Dir struct {
	f    *os.File
	path string
}

// OpenDir opens a folder.
func OpenDir(path string) (*Dir, error) {
	fd, err := retry(func() (int, error) {
		return unix.Open(path, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	})
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: path, Err: err}
	}
	return &Dir{f: os.NewFile(uintptr(fd), path), path: path}, nil
}

// Close closes the folder.
func (d *Dir) Close() error { return d.f.Close() }

// Open opens a file in the folder.
func (d *Dir) Open(name string, flags int, perm uint32) (*os.File, error) {
	fd, err := retry(func() (int, error) { return unix.Openat(d.fd(), name, flags|unix.O_CLOEXEC, perm) })
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(fd), name), nil
}

// Status is what Stat tells of a file.
type Status struct {
	Perm  fs.FileMode // the permission bits
	Links uint64
	Size  int64 // in bytes
}

// Stat looks at a file in the folder.
func (d *Dir) Stat(name string) (Status, error) {
	var st unix.Stat_t
	if err := unix.Fstatat(d.fd(), name, &st, 0); err != nil {
		return Status{}, &os.PathError{Op: "stat", Path: name, Err: err}
	}
	return Status{Perm: fs.FileMode(st.Mode & 0o777), Links: uint64(st.Nlink), Size: st.Size}, nil
}

// Rename gives a file in the folder another name there.
func (d *Dir) Rename(from, to string) error {
	return os.NewSyscallError("rename", unix.Renameat(d.fd(), from, d.fd(), to))
}

// Link gives a file in the folder one more name there.
func (d *Dir) Link(from, to string) error {
	return os.NewSyscallError("link", unix.Linkat(d.fd(), from, d.fd(), to, 0))
}

// Remove takes a name out of the folder.
func (d *Dir) Remove(name string) error {
	return os.NewSyscallError("unlink", unix.Unlinkat(d.fd(), name, 0))
}

// Chmod sets the mode of a file in the folder.
func (d *Dir) Chmod(name string, perm uint32) error {
	return os.NewSyscallError("chmod", unix.Fchmodat(d.fd(), name, perm, 0))
}

// Names lists the folder.
func (d *Dir) Names() ([]string, error) {
	f, err := d.Open(".", unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// Path returns a path that leads to the folder now, for a child's working
// folder: the one it was opened by, if that still does.
func (d *Dir) Path() string {
	now, err := os.Stat(d.path)
	if err == nil {
		if own, err := d.f.Stat(); err == nil && os.SameFile(now, own) {
			return d.path
		}
	}
	return "/dev/fd/" + strconv.Itoa(d.fd())
}

func (d *Dir) fd() int { return int(d.f.Fd()) }

func retry(call func() (int, error)) (n int, err error) {
	for {
		if n, err = call(); err != syscall.EINTR {
			return n, err
		}
	}
}
