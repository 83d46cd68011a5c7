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
	read, _ := times(st)
	return time.Unix(read.Unix())
}

// ChangeTime returns when a file, or what is known of it, last changed. Nobody can
// set that.
func ChangeTime(fi os.FileInfo) time.Time {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return fi.ModTime()
	}
	_, changed := times(st)
	return time.Unix(changed.Unix())
}
