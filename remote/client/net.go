package client

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"qmailkit/internal/sock"
)

// stream is a connection of a program that has many at once: it holds no
// thread while it waits. It does what package sock's do, with the same errors.
type stream struct {
	conn    net.Conn
	raw     syscall.RawConn
	timeout time.Duration
}

// connect connects to addr.
func connect(network string, local netip.Addr, addr netip.AddrPort, connect, timeout time.Duration) (*stream, error) {
	dialer := net.Dialer{Timeout: connect, KeepAlive: -1}
	if connect <= 0 {
		dialer.Timeout = 1 // 0 would be no limit
	}
	if local.IsValid() {
		dialer.LocalAddr = &net.TCPAddr{IP: local.AsSlice(), Zone: local.Zone()}
	}
	conn, err := dialer.Dial(network, addr.String())
	if err != nil {
		return nil, translate(err)
	}
	raw, err := conn.(syscall.Conn).SyscallConn()
	if err != nil {
		conn.Close()
		return nil, err
	}
	return &stream{conn, raw, timeout}, nil
}

// translate makes an error of package net one of package sock.
func translate(err error) error {
	var call *os.SyscallError
	var limit net.Error
	switch {
	case errors.As(err, &limit) && limit.Timeout():
		return syscall.ETIMEDOUT
	case errors.As(err, &call) && call.Syscall == "connect":
		return call
	case errors.As(err, &call):
		return &sock.OpenError{Err: call}
	}
	return err
}

// dialTCP is a remote.Dialer.
func dialTCP(local netip.Addr, addr netip.AddrPort, wait, timeout time.Duration) (io.ReadWriteCloser, error) {
	s, err := connect("tcp", local, addr, wait, timeout)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// dialDNS is a dns.Dialer.
func dialDNS(stream bool, server netip.AddrPort, wait time.Duration) (io.ReadWriteCloser, error) {
	network := "udp"
	if stream {
		network = "tcp"
	}
	s, err := connect(network, netip.Addr{}, server, wait, wait)
	if err != nil {
		return nil, err
	}
	return s, nil
}

func (s *stream) Read(b []byte) (int, error) {
	s.conn.SetReadDeadline(time.Now().Add(s.timeout))
	return s.conn.Read(b)
}

func (s *stream) Write(b []byte) (int, error) {
	s.conn.SetWriteDeadline(time.Now().Add(s.timeout))
	return s.conn.Write(b)
}

func (s *stream) Close() error { return s.conn.Close() }

func (s *stream) SetTimeout(d time.Duration) { s.timeout = d }

// Quiet looks at what has come in without taking it.
func (s *stream) Quiet() (quiet bool) {
	s.conn.SetReadDeadline(time.Time{})
	err := s.raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		quiet = err == unix.EAGAIN
		return true
	})
	return quiet && err == nil
}
