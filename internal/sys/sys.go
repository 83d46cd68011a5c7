// Package sys is where qmailkit touches the operating system below package os:
// what differs between platforms stands here, by file suffix.
package sys

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// CatchPipe makes a write to a closed pipe fail with EPIPE on every
// descriptor. SIGPIPE is caught, not ignored: an ignored signal would be
// ignored by every program started from here too.
func CatchPipe() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// Exec becomes the program path with the given descriptors as its 0, 1, 2 ...
// All others that this program opened are closed. It returns only on failure.
func Exec(path string, argv, env []string, files ...*os.File) error {
	if err := Place(files...); err != nil {
		return err
	}
	return syscall.Exec(path, argv, env)
}

// Place makes the files the descriptors 0, 1, 2 ... of the program that is
// executed next. What had these numbers in this one is lost, be it a file.
func Place(files ...*os.File) error {
	if inPlace(files) {
		return nil // no descriptor more: a limit may leave none
	}
	fds := make([]int, len(files))
	for i, f := range files {
		fds[i] = int(f.Fd())
	}
	return PlaceAt(0, fds...)
}

// PlaceAt is Place for descriptors that become first, first + 1 ...
func PlaceAt(first int, fds ...int) error {
	// First out of the way, then into place: a source may be another's target.
	high := make([]int, len(fds))
	for i, fd := range fds {
		fd, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, first+len(fds))
		if err != nil {
			return os.NewSyscallError("fcntl", err)
		}
		high[i] = fd
	}
	for i, fd := range high {
		if err := dup2(fd, first+i); err != nil {
			return os.NewSyscallError("dup2", err)
		}
	}
	return nil
}

func inPlace(files []*os.File) bool {
	for i, f := range files {
		if f.Fd() != uintptr(i) {
			return false
		}
	}
	return true
}

// BecomeUser gives up this process's user and groups for good.
func BecomeUser(uid, gid uint32, groups []int) error {
	if err := syscall.Setgroups(groups); err != nil {
		return os.NewSyscallError("setgroups", err)
	}
	if err := syscall.Setgid(int(gid)); err != nil {
		return os.NewSyscallError("setgid", err)
	}
	return os.NewSyscallError("setuid", syscall.Setuid(int(uid)))
}

// Credential makes a child run as uid with gid as its only group; nil where
// that is what this process is already, so that an ordinary user's child needs
// no privilege.
func Credential(uid, gid uint32) *syscall.Credential {
	if os.Getuid() != 0 && int(uid) == os.Getuid() && int(gid) == os.Getgid() {
		return nil
	}
	return &syscall.Credential{Uid: uid, Gid: gid, Groups: []uint32{gid}}
}
