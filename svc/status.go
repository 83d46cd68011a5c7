package svc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/plain"
	"qmailkit/internal/tai64"
)

// StatusSize is the length of a status file in bytes, StagedSize that of one
// that tells the stage too, as daemontools-encore writes it: one for the
// service, and another behind it for a logger of the same supervise.
const (
	StatusSize = tai64.Size + 6
	StagedSize = StatusSize + 2
)

// What Status.Want may be.
const (
	WantUp   = 'u'
	WantDown = 'd'
	WantOnce = 0 // as it is: neither stopped nor started again
)

// Stage is how far a service with scripts of its own has come.
type Stage byte

// The stages.
const (
	Stopped  Stage = iota
	Starting       // its script "start" runs, or is about to
	Started        // that has succeeded, and there is no "run"
	Running
	Stopping
	Failed // it has said that it is not to be started again
	NoStage
)

// String returns the word that svstat has for a stage.
func (s Stage) String() string {
	if s >= NoStage {
		return "status unknown"
	}
	return [...]string{"stopped", "starting", "started", "running", "stopping", "failed"}[s]
}

// Status is what a service's status file tells of a process.
type Status struct {
	Since  [tai64.Size]byte // when it was started or ended, a TAI64N label
	Pid    uint32           // 0 when it is down
	Paused bool
	Want   byte
	Stage  Stage // NoStage in a file without stages
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

// PackStaged returns the file, or the part of it, that tells the stage.
func (s Status) PackStaged() (b [StagedSize]byte) {
	plain := s.Pack()
	copy(b[:], plain[:])
	b[StatusSize] = byte(s.Stage)
	return b
}

// ErrStatus is a status file that is too short.
var ErrStatus = errors.New("bad format")

// ParseStatus reads a status file: what it tells of the service and, if it
// does, of a logger of the same supervise.
func ParseStatus(b []byte) (main Status, log *Status, err error) {
	if len(b) < StatusSize {
		return main, nil, ErrStatus
	}
	main = unpack(b)
	// Other supervisors have written other things behind: runit's last byte
	// is not 0 while the service is up.
	if len(b) < StagedSize || b[StagedSize-1] != 0 {
		return main, nil, nil
	}
	main.Stage = Stage(b[StatusSize])
	if b = b[StagedSize:]; len(b) >= StagedSize {
		l := unpack(b)
		l.Stage = Stage(b[StatusSize])
		log = &l
	}
	return main, log, nil
}

// ReadStatus reads the status file path. It tells what it could not do, "open"
// or "read".
func ReadStatus(path string) (main Status, log *Status, what string, err error) {
	f, err := plain.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return main, nil, "open", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 2*StagedSize))
	if err == nil {
		main, log, err = ParseStatus(data)
	}
	return main, log, "read", err
}

func unpack(b []byte) (s Status) {
	copy(s.Since[:], b)
	s.Pid = binary.LittleEndian.Uint32(b[tai64.Size:])
	s.Paused = b[16] != 0
	s.Want = b[17]
	s.Stage = NoStage
	return s
}

// Up tells whether what the status is of runs, or has been started for good.
func (s Status) Up() bool { return s.Pid != 0 || s.Stage == Started || s.Stage == Running }

// Age returns for how many seconds the service has been so, as the clock's
// seconds count, whatever follows the decimal point; 0 for a time to come.
func (s Status) Age(now time.Time) uint64 {
	packed := tai64.Pack(now)
	if bytes.Compare(packed[:], s.Since[:]) < 0 {
		return 0
	}
	return binary.BigEndian.Uint64(packed[:]) - binary.BigEndian.Uint64(s.Since[:])
}
