// Package sock makes TCP and UDP connections with nothing but system calls and
// the runtime's poller. Package net would do the same and resolve names too,
// but a program that is started for each message pays for it at each start.
package sock

import (
	"errors"
	"net/netip"
	"os"
	"syscall"
	"time"
)

// Conn is a connected socket. Every Read and Write by itself may take as long
// as the timeout that the Conn was made with, and then fails with ETIMEDOUT.
type Conn struct {
	file    *os.File
	timeout time.Duration
}

// TCP connects to addr and waits for it as long as connect; timeout is then
// the new connection's. Writes go out at once: callers buffer.
func TCP(addr netip.AddrPort, connect, timeout time.Duration) (*Conn, error) {
	return dial(syscall.SOCK_STREAM, addr, connect, timeout)
}

// UDP makes a socket that exchanges datagrams with addr alone.
func UDP(addr netip.AddrPort, timeout time.Duration) (*Conn, error) {
	return dial(syscall.SOCK_DGRAM, addr, timeout, timeout)
}

func dial(kind int, addr netip.AddrPort, connect, timeout time.Duration) (*Conn, error) {
	family, peer := sockaddr(addr)
	fd, err := open(family, kind)
	if err != nil {
		return nil, &OpenError{Err: os.NewSyscallError("socket", err)}
	}
	if kind == syscall.SOCK_STREAM {
		// Only speed depends on it.
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	// The call comes before the poller hears of the socket: an unconnected one
	// would look ready to it.
	err = syscall.Connect(fd, peer)
	c := &Conn{file: os.NewFile(uintptr(fd), addr.String()), timeout: timeout}
	switch err {
	case syscall.EINPROGRESS, syscall.EINTR, syscall.EALREADY:
		err = c.connected(connect)
	}
	if err != nil {
		c.Close()
		return nil, os.NewSyscallError("connect", err)
	}
	return c, nil
}

// OpenError is a socket that could not be made: the fault is here and not at
// the other end.
type OpenError struct{ Err error }

func (e *OpenError) Error() string { return e.Err.Error() }
func (e *OpenError) Unwrap() error { return e.Err }

func sockaddr(addr netip.AddrPort) (family int, sa syscall.Sockaddr) {
	ip := addr.Addr().Unmap()
	if ip.Is4() {
		return syscall.AF_INET, &syscall.SockaddrInet4{Port: int(addr.Port()), Addr: ip.As4()}
	}
	return syscall.AF_INET6, &syscall.SockaddrInet6{Port: int(addr.Port()), Addr: ip.As16(), ZoneId: zone(ip.Zone())}
}

// zone reads a numeric zone; 0 is no zone.
func zone(s string) uint32 {
	var n uint32
	for i := 0; i < len(s); i++ {
		if s[i]-'0' > 9 {
			return 0
		}
		n = n*10 + uint32(s[i]-'0')
	}
	return n
}

// open makes a non-blocking socket that no child inherits.
func open(family, kind int) (int, error) {
	syscall.ForkLock.RLock()
	fd, err := syscall.Socket(family, kind, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// connected waits for the end of a connect that is under way.
func (c *Conn) connected(timeout time.Duration) error {
	raw, err := c.file.SyscallConn()
	if err != nil {
		return err
	}
	c.file.SetWriteDeadline(time.Now().Add(timeout))
	var result error
	err = raw.Write(func(fd uintptr) bool {
		var no int
		no, result = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_ERROR)
		if result != nil {
			return true
		}
		if no != 0 {
			result = syscall.Errno(no)
			return true
		}
		_, notyet := syscall.Getpeername(int(fd))
		return notyet == nil
	})
	if err != nil {
		return plain(err)
	}
	return result
}

// Read reads what there is, at least one byte.
func (c *Conn) Read(b []byte) (int, error) {
	c.file.SetReadDeadline(time.Now().Add(c.timeout))
	n, err := c.file.Read(b)
	return n, plain(err)
}

// Write writes all of b.
func (c *Conn) Write(b []byte) (int, error) {
	c.file.SetWriteDeadline(time.Now().Add(c.timeout))
	n, err := c.file.Write(b)
	return n, plain(err)
}

// Close ends the connection.
func (c *Conn) Close() error { return c.file.Close() }

// plain gives a passed deadline the error number that the kernel has for it.
func plain(err error) error {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return syscall.ETIMEDOUT
	}
	return err
}

// TimedOut tells whether err is a time-out, here or in the kernel.
func TimedOut(err error) bool { return errors.Is(err, syscall.ETIMEDOUT) }
