package sys

import "golang.org/x/sys/unix"

// Space returns how many bytes the file system of path has left for ordinary
// users, how many it has in all, and how many more files it can hold; files is
// -1 where it sets no number.
func Space(path string) (free, total, files int64, err error) {
	var st unix.Statfs_t
	if err := unix.Statfs(path, &st); err != nil {
		return 0, 0, 0, err
	}
	size := int64(st.F_bsize)
	return st.F_bavail * size, int64(st.F_blocks) * size, left(int64(st.F_files), int64(st.F_ffree)), nil
}
