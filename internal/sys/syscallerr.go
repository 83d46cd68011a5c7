package sys

import (
	"errors"
	"os"
)

// Call names the system call that failed with err, "" if err does not tell.
func Call(err error) string {
	var failure *os.SyscallError
	if errors.As(err, &failure) {
		return failure.Syscall
	}
	return ""
}
