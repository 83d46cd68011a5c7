// Package program tells program files from one another.
package program

import (
	"os"
	"strconv"
	"syscall"
)

// ID tells one program file from another, and from what stands in its
// place later. It is empty where there is none.
func ID(path string) string {
	fi, err := os.Stat(path)
	if err != nil {
		return ""
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return ""
	}
	var b []byte
	for _, n := range []int64{int64(st.Dev), int64(st.Ino), fi.Size(), fi.ModTime().UnixNano()} {
		b = strconv.AppendInt(append(b, ' '), n, 10)
	}
	return string(b)
}
