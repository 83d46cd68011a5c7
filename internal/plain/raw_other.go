//go:build !linux || !(amd64 || arm64)

package plain

import "syscall"

// Elsewhere Go's scheduler is told: libraries stand between a program and its
// system, and only package syscall knows the way through them.

func number(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	if errno, ok := err.(syscall.Errno); ok {
		return errno
	}
	return syscall.EINVAL
}

func open(path string, flag int, perm uint32) (int, syscall.Errno) {
	fd, err := syscall.Open(path, flag, perm)
	return fd, number(err)
}

func read(fd int, b []byte) (int, syscall.Errno) {
	n, err := syscall.Read(fd, b)
	return n, number(err)
}

func pread(fd int, b []byte, offset int64) (int, syscall.Errno) {
	n, err := syscall.Pread(fd, b, offset)
	return n, number(err)
}

func write(fd int, b []byte) (int, syscall.Errno) {
	n, err := syscall.Write(fd, b)
	return n, number(err)
}

func rewind(fd int) syscall.Errno {
	_, err := syscall.Seek(fd, 0, 0)
	return number(err)
}

func fsync(fd int) syscall.Errno { return number(syscall.Fsync(fd)) }

func fstat(fd int, st *syscall.Stat_t) syscall.Errno { return number(syscall.Fstat(fd, st)) }

func shut(fd int) syscall.Errno { return number(syscall.Close(fd)) }

func stat(path string, st *syscall.Stat_t) syscall.Errno { return number(syscall.Stat(path, st)) }

func link(from, to string) syscall.Errno { return number(syscall.Link(from, to)) }

func unlink(path string) syscall.Errno { return number(syscall.Unlink(path)) }

func writable(int) bool { return false }

// send sends b with the descriptors that control holds.
func send(fd int, b, control []byte) (int, syscall.Errno) {
	n, err := syscall.SendmsgN(fd, b, control, nil, 0)
	return n, number(err)
}

// receive reads into b, and the descriptors that come with it, close-on-exec,
// into control. It fails when not all of them could be had.
func receive(fd int, b, control []byte) (n, controls int, errno syscall.Errno) {
	n, controls, flags, _, err := syscall.Recvmsg(fd, b, control, 0)
	if err == nil {
		for _, received := range rights(control[:controls]) {
			syscall.CloseOnExec(received)
		}
		if flags&syscall.MSG_CTRUNC != 0 {
			return 0, controls, syscall.EMFILE
		}
	}
	return n, controls, number(err)
}
