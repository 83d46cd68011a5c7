package sock

import (
	"os"
	"syscall"
	"time"
)

// Unix connects to the socket of this machine at path. It does not wait for a
// server that has more to do than it can: that is EAGAIN on some systems.
func Unix(path string, timeout time.Duration) (*Conn, error) {
	fd, err := open(syscall.AF_UNIX, syscall.SOCK_STREAM)
	if err != nil {
		return nil, &OpenError{Err: os.NewSyscallError("socket", err)}
	}
	c := &Conn{fd, timeout}
	switch err = syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}); err {
	case syscall.EINPROGRESS, syscall.EINTR, syscall.EALREADY:
		err = c.connected(timeout)
	}
	if err != nil {
		c.Close()
		return nil, os.NewSyscallError("connect", err)
	}
	return c, nil
}
