package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// Resource is one of the things that setrlimit(2) limits.
type Resource int

// The resources, in bytes but for processes, files and seconds. A system that
// does not know one has no limit on it.
const (
	LimitAddress Resource = limitAddress
	LimitCore    Resource = unix.RLIMIT_CORE
	LimitData    Resource = unix.RLIMIT_DATA
	LimitFile    Resource = unix.RLIMIT_FSIZE
	LimitLocked  Resource = unix.RLIMIT_MEMLOCK
	LimitFiles   Resource = unix.RLIMIT_NOFILE
	LimitProcs   Resource = unix.RLIMIT_NPROC
	LimitRSS     Resource = unix.RLIMIT_RSS
	LimitStack   Resource = unix.RLIMIT_STACK
	LimitCPU     Resource = unix.RLIMIT_CPU
)

// SetSoftLimit makes value the soft limit of r, or the hard limit where that
// is lower. The hard limit stays. os.SyscallError tells what failed.
func SetSoftLimit(r Resource, value uint64) error {
	if r < 0 {
		return nil
	}
	var l unix.Rlimit
	if err := unix.Getrlimit(int(r), &l); err != nil {
		return os.NewSyscallError("getrlimit", err)
	}
	l.Cur = min(limitValue(value), l.Max)
	return os.NewSyscallError("setrlimit", unix.Setrlimit(int(r), &l))
}
