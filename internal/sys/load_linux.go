package sys

import "golang.org/x/sys/unix"

// Load is the load average of the last minute, in hundredths.
func Load() (hundredths int, known bool) {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return 0, false
	}
	return int(uint64(info.Loads[0]) * 100 >> 16), true
}
