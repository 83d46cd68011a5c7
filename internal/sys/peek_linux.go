package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// Peeker reads from a file. What it has read from a pipe stays there until it
// is taken, for the file's next reader if this one does not come to it.
type Peeker struct {
	from        int
	read, write int // a pipe of its own for the copies; -1 where it cannot peek
	held        int // bytes that have been read and not taken
	waste       []byte
}

// NewPeeker returns a reader of f. Of what is no pipe it takes what it reads.
func NewPeeker(f *os.File) *Peeker {
	p := &Peeker{from: int(f.Fd()), read: -1, write: -1}
	var st unix.Stat_t
	var fds [2]int
	if unix.Fstat(p.from, &st) == nil && st.Mode&unix.S_IFMT == unix.S_IFIFO && unix.Pipe2(fds[:], unix.O_CLOEXEC) == nil {
		p.read, p.write = fds[0], fds[1]
	}
	return p
}

// Read reads behind what it has read before, after all that was taken.
func (p *Peeker) Read(b []byte) (n int, err error) {
	if p.read < 0 {
		return unix.Read(p.from, b)
	}
	copied, err := unix.Tee(p.from, p.write, len(b), unix.SPLICE_F_NONBLOCK)
	if err != nil || copied == 0 {
		return 0, err
	}
	for n < int(copied) {
		got, err := unix.Read(p.read, b[n:copied])
		if err != nil && err != unix.EINTR {
			return 0, err
		}
		n += max(got, 0)
	}
	p.held = n
	return n, nil
}

// Leave says that the last n bytes that were read are to be read again.
func (p *Peeker) Leave(n int) bool {
	if p.read < 0 {
		return false
	}
	p.held -= n
	return true
}

// Take takes what has been read and not left. It comes before the next Read.
func (p *Peeker) Take() error {
	if p.held > len(p.waste) {
		p.waste = make([]byte, p.held)
	}
	for p.held > 0 {
		n, err := unix.Read(p.from, p.waste[:p.held])
		if err != nil && err != unix.EINTR && err != unix.EAGAIN {
			return err
		}
		p.held -= max(n, 0)
	}
	return nil
}

// Close gives up the Peeker's own pipe; the file stays open.
func (p *Peeker) Close() {
	if p.read >= 0 {
		unix.Close(p.read)
		unix.Close(p.write)
	}
}
