package sys

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// BecomeLooker is BecomeUser for root, except that the process may go on
// looking into every folder and file (CAP_DAC_READ_SEARCH), and its children
// may not. Where the system does not grant that, it is BecomeUser. Looks tells
// which.
func BecomeLooker(uid, gid uint32) (looks bool, err error) {
	_, _, keep := syscall.AllThreadsSyscall(unix.SYS_PRCTL, unix.PR_SET_KEEPCAPS, 1, 0)
	if err := BecomeUser(uid, gid, []int{int(gid)}); err != nil {
		return false, err
	}
	if keep != 0 {
		return false, nil // of a user that is not root nothing is kept
	}
	err = setCapabilities(1 << unix.CAP_DAC_READ_SEARCH)
	if errors.Is(err, syscall.EPERM) {
		return false, setCapabilities(0)
	}
	return err == nil, err
}
