// Package lock takes the flock(2) locks by which qmail's programs keep out of
// each other's way.
package lock

import (
	"os"
	"syscall"
)

// Exclusive waits until it holds the lock on f.
func Exclusive(f *os.File) error { return flock(f, syscall.LOCK_EX) }

// TryExclusive takes the lock on f or fails at once; errors.Is(err,
// syscall.EWOULDBLOCK) then tells that another holds it.
func TryExclusive(f *os.File) error { return flock(f, syscall.LOCK_EX|syscall.LOCK_NB) }

// Unlock gives the lock on f back, as closing it does.
func Unlock(f *os.File) error { return flock(f, syscall.LOCK_UN) }

// flock does not go through f.Fd, which would make f blocking.
func flock(f *os.File, how int) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var ferr error
	err = conn.Control(func(fd uintptr) {
		for {
			if ferr = syscall.Flock(int(fd), how); ferr != syscall.EINTR {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return ferr
}
