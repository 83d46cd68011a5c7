package listen

import (
	"net/netip"
	"os"
	"syscall"

	"qmailkit/internal/peer"
)

// listenAt opens a socket for connections to addr. The error's system call
// tells what failed: socket, bind, getsockname or listen.
func listenAt(addr netip.AddrPort, backlog int) (fd int, at netip.AddrPort, err error) {
	family, sa := peer.Sockaddr(addr)
	fd, err = peer.Socket(family)
	if err != nil {
		return -1, at, err
	}
	if err = bind(fd, family, sa); err == nil {
		if at, err = peer.LocalAddr(fd); err == nil {
			err = os.NewSyscallError("listen", syscall.Listen(fd, backlog))
		}
	}
	if err != nil {
		syscall.Close(fd)
		return -1, at, err
	}
	return fd, at, nil
}

// bind takes an address that connections of an earlier server still use. A
// socket for all IPv6 addresses takes IPv4 connections too, where the system
// lets it.
func bind(fd, family int, sa syscall.Sockaddr) error {
	syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_REUSEADDR, 1)
	if family == syscall.AF_INET6 {
		syscall.SetsockoptInt(fd, syscall.IPPROTO_IPV6, syscall.IPV6_V6ONLY, 0)
	}
	return os.NewSyscallError("bind", syscall.Bind(fd, sa))
}

// become gives up the process's group and user where they are not 0. The
// error is ready to be said.
func become(gid, uid int) (what string, err error) {
	if gid != 0 {
		if err = syscall.Setgroups([]int{gid}); err == nil {
			err = syscall.Setgid(gid)
		}
		if err != nil {
			return "unable to set gid", err
		}
	}
	if uid != 0 {
		if err = syscall.Setuid(uid); err != nil {
			return "unable to set uid", err
		}
	}
	return "", nil
}

// tune does to a connection what the options say. That it fails is no reason
// to refuse a client.
func (o *Options) tune(fd int, remote netip.Addr) {
	if !o.KeepIP && remote.Is4() {
		syscall.SetsockoptString(fd, syscall.IPPROTO_IP, syscall.IP_OPTIONS, "")
	}
	if o.NoDelay {
		NoDelay(fd)
	}
}

// NoDelay makes a connection send what is written to it at once.
func NoDelay(fd int) { syscall.SetsockoptInt(fd, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, 1) }
