package sys

import (
	"os"
	"syscall"
	"time"
)

// AccessTime returns when a file was last read, as os.Stat found it.
func AccessTime(fi os.FileInfo) time.Time {
	read, _ := accessAndChange(fi)
	return read
}

// ChangeTime returns when a file, or what is known of it, last changed. Nobody can
// set that.
func ChangeTime(fi os.FileInfo) time.Time {
	_, changed := accessAndChange(fi)
	return changed
}

func accessAndChange(fi os.FileInfo) (read, changed time.Time) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return fi.ModTime(), fi.ModTime()
	}
	a, c := times(st)
	return time.Unix(a.Unix()), time.Unix(c.Unix())
}
