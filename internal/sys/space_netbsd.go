package sys

import "golang.org/x/sys/unix"

// Space returns how many bytes the file system of path has left for ordinary
// users, how many it has in all, and how many more files it can hold; files is
// -1 where it sets no number.
func Space(path string) (free, total, files int64, err error) {
	var st unix.Statvfs_t
	if err := unix.Statvfs(path, &st); err != nil {
		return 0, 0, 0, err
	}
	size := int64(st.Frsize)
	return int64(st.Bavail) * size, int64(st.Blocks) * size, left(int64(st.Files), int64(st.Ffree)), nil
}
