package plain

import (
	"io"
	"os"
	"syscall"
	"time"
)

// Conn is one end of a pipe or socket. Waiting for the other end is left to
// the runtime's poller. It is for streams: what is read and written has no
// bounds of its own.
type Conn struct {
	file *os.File
	raw  syscall.RawConn
}

// NewConn makes a Conn of f, which must not block (sys.NonBlocking) and is the
// Conn's then.
func NewConn(f *os.File) (*Conn, error) {
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	return &Conn{f, raw}, nil
}

// Close closes the connection; calls under way end.
func (c *Conn) Close() error { return c.file.Close() }

// SetReadDeadline makes a Read that waits at t fail.
func (c *Conn) SetReadDeadline(t time.Time) error { return c.file.SetReadDeadline(t) }

// Read is io.Reader's.
func (c *Conn) Read(b []byte) (n int, err error) {
	n, err = wait(c.raw.Read, func(fd int) (int, syscall.Errno) { return read(fd, b) })
	if n == 0 && err == nil && len(b) > 0 {
		err = io.EOF
	}
	return n, err
}

// Write is io.Writer's.
func (c *Conn) Write(b []byte) (done int, err error) {
	for done < len(b) && err == nil {
		var n int
		n, err = wait(c.raw.Write, func(fd int) (int, syscall.Errno) { return write(fd, b[done:]) })
		done += n
	}
	return done, err
}

// TryWrite writes as much of b as goes without waiting, perhaps nothing.
func (c *Conn) TryWrite(b []byte) (n int, err error) {
	cerr := c.raw.Control(func(fd uintptr) {
		n, err = retry(func() (int, syscall.Errno) { return write(int(fd), b) })
	})
	if cerr != nil {
		return 0, cerr
	}
	if err == syscall.EAGAIN {
		err = nil
	}
	return n, err
}

// Send writes b, which must not be empty and must fit into the socket's
// buffer, and with it the descriptor file, unless that is negative. It does
// not wait.
func (c *Conn) Send(b []byte, file FD) error {
	var control []byte
	if file >= 0 {
		control = syscall.UnixRights(int(file))
	}
	var err error
	cerr := c.raw.Control(func(fd uintptr) {
		var n int
		n, err = retry(func() (int, syscall.Errno) { return send(int(fd), b, control) })
		if err == nil && n < len(b) {
			err = syscall.EMSGSIZE
		}
	})
	if cerr != nil {
		return cerr
	}
	return err
}

// maxRights is how many descriptors Receive takes at once.
const maxRights = 4

// Receive reads into b and takes the descriptors that come with it.
func (c *Conn) Receive(b []byte) (n int, files []FD, err error) {
	control := make([]byte, syscall.CmsgSpace(4*maxRights))
	controls := 0
	n, err = wait(c.raw.Read, func(fd int) (n int, errno syscall.Errno) {
		n, controls, errno = receive(fd, b, control)
		if errno == syscall.EAGAIN {
			controls = 0
		}
		return n, errno
	})
	for _, fd := range rights(control[:controls]) {
		files = append(files, FD(fd))
	}
	if err != nil {
		for _, f := range files {
			f.Close()
		}
		return 0, nil, err
	}
	if n == 0 && len(b) > 0 {
		err = io.EOF
	}
	return n, files, err
}

// rights returns the descriptors in what was received.
func rights(control []byte) (fds []int) {
	if len(control) == 0 {
		return nil
	}
	messages, err := syscall.ParseSocketControlMessage(control)
	if err != nil {
		return nil
	}
	for _, m := range messages {
		if more, err := syscall.ParseUnixRights(&m); err == nil {
			fds = append(fds, more...)
		}
	}
	return fds
}

// wait makes a call until it need not wait any more.
func wait(on func(func(uintptr) bool) error, call func(fd int) (int, syscall.Errno)) (n int, err error) {
	werr := on(func(fd uintptr) bool {
		n, err = retry(func() (int, syscall.Errno) { return call(int(fd)) })
		return err != syscall.EAGAIN
	})
	if werr != nil {
		return 0, werr
	}
	return n, err
}
