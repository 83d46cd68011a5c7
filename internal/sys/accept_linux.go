package sys

import "syscall"

// Accept takes a connection from a listening socket. It is in blocking mode,
// whatever the socket is, and no child inherits it.
func Accept(socket int) (fd int, from syscall.Sockaddr, err error) {
	return syscall.Accept4(socket, syscall.SOCK_CLOEXEC)
}
