package sys

import "golang.org/x/sys/unix"

// NoSetuid tells whether the file system of path is mounted so that set-uid
// bits have no effect. Where that cannot be found out it is false.
func NoSetuid(path string) bool {
	var st unix.Statfs_t
	return unix.Statfs(path, &st) == nil && st.Flags&unix.ST_NOSUID != 0
}
