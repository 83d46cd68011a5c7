package sys

import "syscall"

// AwaitEOF reads what comes from the descriptor fd, a blocking one, until it
// ends or fails, and closes it.
func AwaitEOF(fd int) {
	var buf [512]byte
	for {
		n, err := syscall.Read(fd, buf[:])
		if n <= 0 && err != syscall.EINTR {
			syscall.Close(fd)
			return
		}
	}
}
