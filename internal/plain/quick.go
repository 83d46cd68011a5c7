package plain

import (
	"os"
	"syscall"
)

// Quick is an io.Writer for a descriptor that others may share, so that it has
// to stay a blocking one: a log. Go's scheduler hears only of the writes that
// may have to wait.
type Quick struct {
	file *os.File
	raw  syscall.RawConn // nil where there is no way around the scheduler
}

// quickMost is what a pipe takes at one go once it takes anything, PIPE_BUF.
const quickMost = 4096

// NewQuick returns a writer for f.
func NewQuick(f *os.File) *Quick {
	raw, err := f.SyscallConn()
	if err != nil {
		raw = nil
	}
	return &Quick{f, raw}
}

func (q *Quick) Write(b []byte) (n int, err error) {
	done := false
	if q.raw != nil && len(b) <= quickMost {
		q.raw.Control(func(fd uintptr) {
			if done = writable(int(fd)); done {
				n, err = retry(func() (int, syscall.Errno) { return write(int(fd), b) })
			}
		})
	}
	if !done || err == nil && n < len(b) {
		var rest int
		rest, err = q.file.Write(b[n:])
		n += rest
	}
	return n, err
}
