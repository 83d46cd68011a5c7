// Package program tells program files from one another.
package program

import (
	"strconv"
	"syscall"

	"qmailkit/internal/plain"
)

// ID tells one program file from another, and from what stands in its
// place later. It is empty where there is none.
func ID(path string) string {
	var st syscall.Stat_t
	if plain.Stat(path, &st) != nil {
		return ""
	}
	b := make([]byte, 0, 80)
	for _, n := range []int64{int64(st.Dev), int64(st.Ino), st.Size, plain.Modified(&st)} {
		b = strconv.AppendInt(append(b, ' '), n, 10)
	}
	return string(b)
}
