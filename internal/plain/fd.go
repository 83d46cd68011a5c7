package plain

import (
	"io"
	"os"
	"syscall"
)

// FD is the descriptor of a regular file or a folder. Go's scheduler does not
// hear of its system calls, nor of those of a Conn. Once told of a call, it wakes
// a thread that looks every 20 microseconds for calls that take long, and gives
// the caller's place away to another thread. Where there is nothing else to do,
// or nothing that could not wait, that costs as much as a whole delivery. So
// these are for programs that do one thing after the other, as C programs do,
// and for calls that last no longer than what else there is to do can wait.
//
// Errors of its methods and of the functions beside them are bare system
// errors; a call that a signal interrupted is repeated.
type FD int

// OpenFD opens path, close-on-exec.
func OpenFD(path string, flag int, perm uint32) (FD, error) {
	fd, err := retry(func() (int, syscall.Errno) { return open(path, flag|syscall.O_CLOEXEC, perm) })
	return FD(fd), err
}

// Read is io.Reader's.
func (fd FD) Read(b []byte) (int, error) {
	return reader(len(b), func() (int, syscall.Errno) { return read(int(fd), b) })
}

// ReadAt reads from an offset and leaves the descriptor's own where it is. A
// short reading need not be the file's end; that comes with io.EOF.
func (fd FD) ReadAt(b []byte, offset int64) (int, error) {
	return reader(len(b), func() (int, syscall.Errno) { return pread(int(fd), b, offset) })
}

func reader(want int, read func() (int, syscall.Errno)) (int, error) {
	n, err := retry(read)
	if err == nil && n == 0 && want > 0 {
		err = io.EOF
	}
	return n, err
}

// Write is io.Writer's.
func (fd FD) Write(b []byte) (int, error) {
	for done := 0; ; {
		n, err := retry(func() (int, syscall.Errno) { return write(int(fd), b[done:]) })
		done += n
		if err == nil && n == 0 && done < len(b) {
			err = io.ErrShortWrite
		}
		if err != nil || done == len(b) {
			return done, err
		}
	}
}

// Rewind is lseek(2) to the beginning.
func (fd FD) Rewind() error { return repeat(func() syscall.Errno { return rewind(int(fd)) }) }

// Sync is fsync(2).
func (fd FD) Sync() error { return repeat(func() syscall.Errno { return fsync(int(fd)) }) }

// Stat is fstat(2).
func (fd FD) Stat(st *syscall.Stat_t) error {
	return repeat(func() syscall.Errno { return fstat(int(fd), st) })
}

// Close closes the descriptor. It is closed whatever the error.
func (fd FD) Close() error {
	if err := shut(int(fd)); err != 0 && err != syscall.EINTR {
		return err
	}
	return nil
}

// File returns an os.File of the same file, with a descriptor of its own.
func (fd FD) File() (*os.File, error) {
	syscall.ForkLock.RLock() // or a program that is started now would get it
	defer syscall.ForkLock.RUnlock()
	own, err := syscall.Dup(int(fd))
	if err != nil {
		return nil, os.NewSyscallError("dup", err)
	}
	syscall.CloseOnExec(own)
	return os.NewFile(uintptr(own), "duplicate"), nil
}

// Stat is stat(2).
func Stat(path string, st *syscall.Stat_t) error {
	return repeat(func() syscall.Errno { return stat(path, st) })
}

// Link is link(2).
func Link(from, to string) error { return repeat(func() syscall.Errno { return link(from, to) }) }

// Unlink is unlink(2).
func Unlink(path string) error { return repeat(func() syscall.Errno { return unlink(path) }) }

func retry(call func() (int, syscall.Errno)) (int, error) {
	for {
		n, err := call()
		switch err {
		case 0:
			return n, nil
		case syscall.EINTR:
		default:
			return 0, err
		}
	}
}

func repeat(call func() syscall.Errno) error {
	_, err := retry(func() (int, syscall.Errno) { return 0, call() })
	return err
}
