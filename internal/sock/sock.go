// Package sock makes TCP and UDP connections with nothing but system calls.
//
// It is for a program that is started for each message and does one thing at
// a time: package net would cost it time at each start, and the runtime's
// poller at each read. A program that stays and has many connections at once
// is better served by package net: a Conn of this one holds a thread while it
// waits.
package sock

import (
	"errors"
	"io"
	"math"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Conn is a connected socket. Every Read and Write by itself may take as long
// as the timeout that the Conn was made with, and then fails with ETIMEDOUT.
// It is for one goroutine at a time.
type Conn struct {
	fd      int
	timeout time.Duration
}

// TCP connects to addr and waits for it as long as connect; timeout is then
// the new connection's. Writes go out at once: callers buffer.
func TCP(addr netip.AddrPort, connect, timeout time.Duration) (*Conn, error) {
	return dial(syscall.SOCK_STREAM, netip.AddrPort{}, addr, connect, timeout)
}

// TCPFrom is TCP from local, an address of this machine's of the same kind as
// addr, or any where local is not valid. Where it cannot be used the error is
// an OpenError.
func TCPFrom(local netip.Addr, addr netip.AddrPort, connect, timeout time.Duration) (*Conn, error) {
	return dial(syscall.SOCK_STREAM, netip.AddrPortFrom(local, 0), addr, connect, timeout)
}

// TCPBetween is TCPFrom with the port of this end given, or any where it is 0.
func TCPBetween(local, addr netip.AddrPort, connect, timeout time.Duration) (*Conn, error) {
	return dial(syscall.SOCK_STREAM, local, addr, connect, timeout)
}

// Detach gives the socket to the caller, in blocking mode; the Conn is of no
// use any more.
func (c *Conn) Detach() (fd int, err error) {
	fd, c.fd = c.fd, -1
	return fd, os.NewSyscallError("fcntl", syscall.SetNonblock(fd, false))
}

// UDP makes a socket that exchanges datagrams with addr alone.
func UDP(addr netip.AddrPort, timeout time.Duration) (*Conn, error) {
	return dial(syscall.SOCK_DGRAM, netip.AddrPort{}, addr, timeout, timeout)
}

func dial(kind int, local, addr netip.AddrPort, connect, timeout time.Duration) (*Conn, error) {
	family, peer := sockaddr(addr)
	fd, err := open(family, kind)
	if err != nil {
		return nil, &OpenError{Err: os.NewSyscallError("socket", err)}
	}
	if kind == syscall.SOCK_STREAM {
		// Only speed depends on it.
		syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1)
	}
	c := &Conn{fd, timeout}
	if local.Addr().IsValid() {
		_, own := sockaddr(local)
		if err := syscall.Bind(fd, own); err != nil {
			c.Close()
			return nil, &OpenError{Err: os.NewSyscallError("bind", err)}
		}
	}
	switch err = syscall.Connect(fd, peer); err {
	case syscall.EINPROGRESS, syscall.EINTR, syscall.EALREADY:
		err = c.connected(connect)
	}
	if err != nil {
		c.Close()
		return nil, os.NewSyscallError("connect", err)
	}
	return c, nil
}

// OpenError is a socket that could not be made, or not with the address that
// it should have: the fault is here and not at the other end.
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
	if err := c.wait(unix.POLLOUT, timeout); err != nil {
		return err
	}
	no, err := syscall.GetsockoptInt(c.fd, syscall.SOL_SOCKET, syscall.SO_ERROR)
	if err == nil && no != 0 {
		err = syscall.Errno(no)
	}
	return err
}

// wait waits until the socket is ready, or broken, for events.
func (c *Conn) wait(events int16, timeout time.Duration) error {
	end := time.Now().Add(timeout)
	for {
		left := min(max(time.Until(end).Milliseconds(), 0), math.MaxInt32)
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(c.fd), Events: events}}, int(left))
		switch {
		case n > 0:
			return nil
		case err == nil && left < math.MaxInt32:
			return syscall.ETIMEDOUT
		case err != nil && err != syscall.EINTR:
			return os.NewSyscallError("poll", err)
		}
	}
}

// Read reads what there is, at least one byte. An empty datagram is io.EOF
// too, and not the end.
func (c *Conn) Read(b []byte) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	for {
		// In a dialogue the answer is hardly ever there before it is asked for.
		if err := c.wait(unix.POLLIN, c.timeout); err != nil {
			return 0, err
		}
		n, err := syscall.Read(c.fd, b)
		switch {
		case n > 0:
			return n, nil
		case err == nil:
			return 0, io.EOF
		case err != syscall.EINTR && err != syscall.EAGAIN:
			return 0, os.NewSyscallError("read", err)
		}
	}
}

// Write writes all of b.
func (c *Conn) Write(b []byte) (written int, err error) {
	for written < len(b) {
		n, err := syscall.Write(c.fd, b[written:])
		if n > 0 {
			written += n
		}
		switch {
		case err == syscall.EAGAIN:
			if err := c.wait(unix.POLLOUT, c.timeout); err != nil {
				return written, err
			}
		case err != nil && err != syscall.EINTR:
			return written, os.NewSyscallError("write", err)
		}
	}
	return written, nil
}

// Close ends the connection.
func (c *Conn) Close() error { return os.NewSyscallError("close", syscall.Close(c.fd)) }

// TimedOut tells whether err is a time-out, here or in the kernel.
func TimedOut(err error) bool { return errors.Is(err, syscall.ETIMEDOUT) }
