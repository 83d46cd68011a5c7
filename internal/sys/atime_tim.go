//go:build !(darwin || freebsd || netbsd)

package sys

import "syscall"

func times(st *syscall.Stat_t) (read, changed syscall.Timespec) { return st.Atim, st.Ctim }
