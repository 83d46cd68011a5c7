package listen

import (
	"errors"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/sys"
)

// pause is how long a server waits when the system cannot give it one more
// connection.
const pause = 250 * time.Millisecond

// Listener is a socket that connections come to. It may be closed while Accept
// waits.
type Listener struct {
	file *os.File
	conn syscall.RawConn
}

// NewListener takes over a listening socket.
func NewListener(fd int) (*Listener, error) {
	if err := syscall.SetNonblock(fd, true); err != nil {
		return nil, os.NewSyscallError("setnonblock", err)
	}
	file := os.NewFile(uintptr(fd), "socket")
	conn, err := file.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Listener{file, conn}, nil
}

// Close makes connections fail, and Accept with os.ErrClosed.
func (l *Listener) Close() error { return l.file.Close() }

// Accept waits for a connection. Its descriptor is a blocking one that no
// child inherits.
func (l *Listener) Accept() (fd int, from syscall.Sockaddr, err error) {
	rerr := l.conn.Read(func(socket uintptr) (done bool) {
		fd, from, err = sys.Accept(int(socket))
		return err != syscall.EAGAIN
	})
	if rerr != nil {
		return -1, nil, os.ErrClosed // there is no other reason
	}
	return fd, from, err
}

// Serve takes connections and hands each to handle, until the listener is
// closed or the pool stopped. What keeps it from taking one for the time
// being goes to trouble, once for each kind in a row: it never gives up.
func (p *Pool) Serve(l *Listener, handle func(fd int, from syscall.Sockaddr), trouble func(error)) {
	var last error
	for p.Wait() {
		fd, from, err := l.Accept()
		switch {
		case err == nil:
			last = nil
			if !p.Take() {
				syscall.Close(fd)
				return
			}
			handle(fd, from)
		case errors.Is(err, os.ErrClosed):
			return
		case err == syscall.EINTR, err == syscall.ECONNABORTED, err == syscall.EPROTO:
		default:
			if err != last {
				trouble(err)
			}
			last = err
			select {
			case <-p.stop:
			case <-time.After(pause):
			}
		}
	}
}
