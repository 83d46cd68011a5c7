//go:build darwin || freebsd || netbsd

package sys

import "syscall"

func times(st *syscall.Stat_t) (read, changed syscall.Timespec) { return st.Atimespec, st.Ctimespec }
