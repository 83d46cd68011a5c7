//go:build !openbsd

package sys

import "golang.org/x/sys/unix"

const limitAddress = unix.RLIMIT_AS
