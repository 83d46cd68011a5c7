package sys

// left is how many files there may still be; some file systems set no number,
// and say that there are none.
func left(files, free int64) int64 {
	if files <= 0 {
		return -1
	}
	return free
}
