//go:build freebsd || openbsd || netbsd || dragonfly || darwin

package sys

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
)
