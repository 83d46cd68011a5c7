//go:build linux && (amd64 || arm64)

package plain

import (
	"syscall"
	"unsafe"
)

const atCwd = ^uintptr(99) // AT_FDCWD, -100

func open(path string, flag int, perm uint32) (int, syscall.Errno) {
	p, err := syscall.BytePtrFromString(path)
	if err != nil {
		return 0, syscall.EINVAL
	}
	n, _, errno := syscall.RawSyscall6(syscall.SYS_OPENAT, atCwd, uintptr(unsafe.Pointer(p)), uintptr(flag), uintptr(perm), 0, 0)
	return int(n), errno
}

func read(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_READ, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return int(n), errno
}

func pread(fd int, b []byte, offset int64) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall6(syscall.SYS_PREAD64, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)), uintptr(offset), 0, 0)
	return int(n), errno
}

func write(fd int, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(syscall.SYS_WRITE, uintptr(fd), uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	return int(n), errno
}

func rewind(fd int) syscall.Errno {
	_, _, errno := syscall.RawSyscall(syscall.SYS_LSEEK, uintptr(fd), 0, 0)
	return errno
}

func fsync(fd int) syscall.Errno {
	_, _, errno := syscall.RawSyscall(syscall.SYS_FSYNC, uintptr(fd), 0, 0)
	return errno
}

func fstat(fd int, st *syscall.Stat_t) syscall.Errno {
	_, _, errno := syscall.RawSyscall(syscall.SYS_FSTAT, uintptr(fd), uintptr(unsafe.Pointer(st)), 0)
	return errno
}

func shut(fd int) syscall.Errno {
	_, _, errno := syscall.RawSyscall(syscall.SYS_CLOSE, uintptr(fd), 0, 0)
	return errno
}

func stat(path string, st *syscall.Stat_t) syscall.Errno {
	p, err := syscall.BytePtrFromString(path)
	if err != nil {
		return syscall.EINVAL
	}
	_, _, errno := syscall.RawSyscall6(sysStatAt, atCwd, uintptr(unsafe.Pointer(p)), uintptr(unsafe.Pointer(st)), 0, 0, 0)
	return errno
}

func link(from, to string) syscall.Errno {
	f, err1 := syscall.BytePtrFromString(from)
	t, err2 := syscall.BytePtrFromString(to)
	if err1 != nil || err2 != nil {
		return syscall.EINVAL
	}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_LINKAT, atCwd, uintptr(unsafe.Pointer(f)), atCwd, uintptr(unsafe.Pointer(t)), 0, 0)
	return errno
}

func unlink(path string) syscall.Errno {
	p, err := syscall.BytePtrFromString(path)
	if err != nil {
		return syscall.EINVAL
	}
	_, _, errno := syscall.RawSyscall(syscall.SYS_UNLINKAT, atCwd, uintptr(unsafe.Pointer(p)), 0)
	return errno
}

// writable tells whether a write would not wait.
func writable(fd int) bool {
	poll := struct {
		fd      int32
		events  int16
		revents int16
	}{fd: int32(fd), events: pollOut}
	var now syscall.Timespec
	n, _, errno := syscall.RawSyscall6(syscall.SYS_PPOLL, uintptr(unsafe.Pointer(&poll)), 1, uintptr(unsafe.Pointer(&now)), 0, 0, 0)
	return errno == 0 && n == 1 && poll.revents == pollOut
}

const pollOut = 4 // POLLOUT

// send sends b with the descriptors that control holds.
func send(fd int, b, control []byte) (int, syscall.Errno) {
	part := syscall.Iovec{Base: unsafe.SliceData(b), Len: uint64(len(b))}
	message := syscall.Msghdr{Iov: &part, Iovlen: 1, Control: unsafe.SliceData(control), Controllen: uint64(len(control))}
	n, _, errno := syscall.RawSyscall(syscall.SYS_SENDMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), syscall.MSG_NOSIGNAL)
	return int(n), errno
}

// receive reads into b, and the descriptors that come with it, close-on-exec,
// into control. It fails when not all of them could be had.
func receive(fd int, b, control []byte) (n, controls int, errno syscall.Errno) {
	part := syscall.Iovec{Base: unsafe.SliceData(b), Len: uint64(len(b))}
	message := syscall.Msghdr{Iov: &part, Iovlen: 1, Control: unsafe.SliceData(control), Controllen: uint64(len(control))}
	r, _, errno := syscall.RawSyscall(syscall.SYS_RECVMSG, uintptr(fd), uintptr(unsafe.Pointer(&message)), syscall.MSG_CMSG_CLOEXEC)
	if errno == 0 && message.Flags&syscall.MSG_CTRUNC != 0 {
		return 0, int(message.Controllen), syscall.EMFILE
	}
	return int(r), int(message.Controllen), errno
}
