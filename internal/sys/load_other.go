//go:build !linux

package sys

import (
	"encoding/binary"

	"golang.org/x/sys/unix"
)

// Load is the load average of the last minute, in hundredths.
func Load() (hundredths int, known bool) {
	// struct loadavg: three averages of 32 bits, then, aligned, what stands for 1.
	raw, err := unix.SysctlRaw("vm.loadavg")
	if err != nil || len(raw) < 16 {
		return 0, false
	}
	scale := binary.NativeEndian.Uint32(raw[12:])
	if len(raw) >= 24 {
		scale = uint32(binary.NativeEndian.Uint64(raw[16:]))
	}
	if scale == 0 {
		return 0, false
	}
	return int(uint64(binary.NativeEndian.Uint32(raw)) * 100 / uint64(scale)), true
}
