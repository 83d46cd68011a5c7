//go:build darwin || freebsd || netbsd

package plain

import "syscall"

// Modified returns when the file of st was last written, in nanoseconds.
func Modified(st *syscall.Stat_t) int64 { return st.Mtimespec.Nano() }
