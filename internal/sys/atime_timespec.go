//go:build darwin || freebsd || netbsd

package sys

import (
	"os"
	"syscall"
	"time"
)

// AccessTime returns when a file was last read, as os.Stat found it.
func AccessTime(fi os.FileInfo) time.Time {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return fi.ModTime()
	}
	return time.Unix(st.Atimespec.Unix())
}

// ChangeTime returns when a file, or what is known of it, last changed. Nobody can
// set that.
func ChangeTime(fi os.FileInfo) time.Time {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return fi.ModTime()
	}
	return time.Unix(st.Ctimespec.Unix())
}
