//go:build !linux

package sys

import "syscall"

// Accept takes a connection from a listening socket. It is in blocking mode,
// whatever the socket is, and no child inherits it.
func Accept(socket int) (fd int, from syscall.Sockaddr, err error) {
	syscall.ForkLock.RLock()
	fd, from, err = syscall.Accept(socket)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, nil, err
	}
	if err = syscall.SetNonblock(fd, false); err != nil {
		syscall.Close(fd)
		return -1, nil, err
	}
	return fd, from, nil
}
