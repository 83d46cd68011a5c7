package svc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/tai64"
)

// The files of a service, as seen from its folder. Ok and Control are fifos;
// somebody reads them as long as supervise runs.
const (
	Down    = "down"
	Folder  = "supervise"
	Lock    = "supervise/lock"
	Ok      = "supervise/ok"
	Control = "supervise/control"
	Current = "supervise/status"
)

// Service returns the path of the service in dir, for a file's name to be
// appended to, or the error that changing into it would give.
func Service(p *cmd.Proc, dir string) (prefix string, err error) {
	if dir == "" {
		return "", syscall.ENOENT
	}
	prefix = p.Path(dir) + "/"
	_, err = os.Stat(prefix + ".")
	return prefix, err
}

// OpenFifo opens a fifo for writing, in blocking mode and past the runtime's
// poller. Its error is ENXIO where nobody reads it.
func OpenFifo(path string) (fd int, err error) {
	for {
		fd, err = syscall.Open(path, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		return -1, err
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// StatusSize is the length of a status file in bytes. Other supervisors write
// more behind.
const StatusSize = tai64.Size + 6

// What Status.Want may be.
const (
	WantUp   = 'u'
	WantDown = 'd'
	WantOnce = 0 // as it is: neither stopped nor started again
)

// Status is the content of a service's status file.
type Status struct {
	Since  [tai64.Size]byte // when it was started or ended, a TAI64N label
	Pid    uint32           // 0 when it is down
	Paused bool
	Want   byte
}

// Pack returns the file: the label, the process id with the lowest byte
// first, and a byte for each of the others.
func (s Status) Pack() (b [StatusSize]byte) {
	copy(b[:], s.Since[:])
	binary.LittleEndian.PutUint32(b[tai64.Size:], s.Pid)
	if s.Paused {
		b[16] = 1
	}
	b[17] = s.Want
	return b
}

// ErrStatus is a status file that is too short.
var ErrStatus = errors.New("bad format")

// ParseStatus is the reverse of Pack.
func ParseStatus(b []byte) (s Status, err error) {
	if len(b) < StatusSize {
		return s, ErrStatus
	}
	copy(s.Since[:], b)
	s.Pid = binary.LittleEndian.Uint32(b[tai64.Size:])
	s.Paused = b[16] != 0
	s.Want = b[17]
	return s, nil
}

// Age returns for how many seconds the service has been so, as the clock's
// seconds count, whatever follows the decimal point; 0 for a time to come.
func (s Status) Age(now time.Time) uint64 {
	packed := tai64.Pack(now)
	if bytes.Compare(packed[:], s.Since[:]) < 0 {
		return 0
	}
	return binary.BigEndian.Uint64(packed[:]) - binary.BigEndian.Uint64(s.Since[:])
}
