// Package errstr gives system errors the words that qmail and daemontools use
// for them. Scripts and logs match this text, so it is part of the contract
// and independent of the platform's own strerror(3).
package errstr

import (
	"errors"
	"syscall"
)

// Text describes the system error inside err; an error without one speaks for
// itself.
func Text(err error) string {
	var no syscall.Errno
	if err == nil {
		return "no error"
	}
	if !errors.As(err, &no) {
		return err.Error()
	}
	for i := range texts {
		if texts[i].no == no {
			return texts[i].text
		}
	}
	return "unknown error"
}

// Temporary tells whether the system error inside err may be gone at the next
// try: a lack of something, a device in trouble, a host out of reach.
func Temporary(err error) bool {
	var no syscall.Errno
	if !errors.As(err, &no) {
		return false
	}
	switch no {
	case syscall.EINTR, syscall.ENOMEM, syscall.ETXTBSY, syscall.EIO, syscall.ETIMEDOUT, syscall.EAGAIN,
		syscall.EDEADLK, syscall.EBUSY, syscall.ENFILE, syscall.EMFILE, syscall.EFBIG, syscall.ENOSPC,
		syscall.ENETDOWN, syscall.ENETUNREACH, syscall.ENETRESET, syscall.ECONNABORTED, syscall.ECONNRESET,
		syscall.ENOBUFS, syscall.ETOOMANYREFS, syscall.ECONNREFUSED, syscall.EHOSTDOWN, syscall.EHOSTUNREACH,
		syscall.EUSERS, syscall.EDQUOT, syscall.ESTALE, syscall.ENOLCK:
		return true
	}
	return false
}

// NoProcess tells whether err means that the machine had no process to give,
// rather than that a program cannot be run.
func NoProcess(err error) bool {
	return errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ENOMEM)
}

// texts is no map: that would be made at each start of each program.
var texts = [...]struct {
	no   syscall.Errno
	text string
}{
	{syscall.EINTR, "interrupted system call"},
	{syscall.ENOMEM, "out of memory"},
	{syscall.ENOENT, "file does not exist"},
	{syscall.ETXTBSY, "text busy"},
	{syscall.EIO, "input/output error"},
	{syscall.EEXIST, "file already exists"},
	{syscall.ETIMEDOUT, "timed out"},
	{syscall.EINPROGRESS, "operation in progress"},
	{syscall.EAGAIN, "temporary failure"},
	{syscall.EPIPE, "broken pipe"},
	{syscall.EPERM, "permission denied"},
	{syscall.EACCES, "access denied"},
	{syscall.ESRCH, "no such process"},
	{syscall.ENXIO, "device not configured"},
	{syscall.E2BIG, "argument list too long"},
	{syscall.ENOEXEC, "exec format error"},
	{syscall.EBADF, "file descriptor not open"},
	{syscall.ECHILD, "no child processes"},
	{syscall.EDEADLK, "operation would cause deadlock"},
	{syscall.EFAULT, "bad address"},
	{syscall.ENOTBLK, "not a block device"},
	{syscall.EBUSY, "device busy"},
	{syscall.EXDEV, "cross-device link"},
	{syscall.ENODEV, "device does not support operation"},
	{syscall.ENOTDIR, "not a directory"},
	{syscall.EISDIR, "is a directory"},
	{syscall.EINVAL, "invalid argument"},
	{syscall.ENFILE, "system cannot open more files"},
	{syscall.EMFILE, "process cannot open more files"},
	{syscall.ENOTTY, "not a tty"},
	{syscall.EFBIG, "file too big"},
	{syscall.ENOSPC, "out of disk space"},
	{syscall.ESPIPE, "unseekable descriptor"},
	{syscall.EROFS, "read-only file system"},
	{syscall.EMLINK, "too many links"},
	{syscall.EDOM, "input out of range"},
	{syscall.ERANGE, "output out of range"},
	{syscall.EALREADY, "operation already in progress"},
	{syscall.ENOTSOCK, "not a socket"},
	{syscall.EDESTADDRREQ, "destination address required"},
	{syscall.EMSGSIZE, "message too long"},
	{syscall.EPROTOTYPE, "incorrect protocol type"},
	{syscall.ENOPROTOOPT, "protocol not available"},
	{syscall.EPROTONOSUPPORT, "protocol not supported"},
	{syscall.ESOCKTNOSUPPORT, "socket type not supported"},
	{syscall.EOPNOTSUPP, "operation not supported"},
	{syscall.EPFNOSUPPORT, "protocol family not supported"},
	{syscall.EAFNOSUPPORT, "address family not supported"},
	{syscall.EADDRINUSE, "address already used"},
	{syscall.EADDRNOTAVAIL, "address not available"},
	{syscall.ENETDOWN, "network down"},
	{syscall.ENETUNREACH, "network unreachable"},
	{syscall.ENETRESET, "network reset"},
	{syscall.ECONNABORTED, "connection aborted"},
	{syscall.ECONNRESET, "connection reset"},
	{syscall.ENOBUFS, "out of buffer space"},
	{syscall.EISCONN, "already connected"},
	{syscall.ENOTCONN, "not connected"},
	{syscall.ESHUTDOWN, "socket shut down"},
	{syscall.ETOOMANYREFS, "too many references"},
	{syscall.ECONNREFUSED, "connection refused"},
	{syscall.ELOOP, "symbolic link loop"},
	{syscall.ENAMETOOLONG, "file name too long"},
	{syscall.EHOSTDOWN, "host down"},
	{syscall.EHOSTUNREACH, "host unreachable"},
	{syscall.ENOTEMPTY, "directory not empty"},
	{syscall.EUSERS, "too many users"},
	{syscall.EDQUOT, "disk quota exceeded"},
	{syscall.ESTALE, "stale NFS file handle"},
	{syscall.ENOLCK, "no locks available"},
	{syscall.ENOSYS, "system call not available"},
}
