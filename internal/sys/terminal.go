package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// Terminal tells whether f is a terminal.
func Terminal(f *os.File) bool {
	_, _, ok := TerminalSize(f)
	return ok
}

// TerminalSize returns how many columns and rows the terminal f has, both 0
// where it does not know; ok is false when f is no terminal.
func TerminalSize(f *os.File) (columns, rows int, ok bool) {
	conn, err := f.SyscallConn()
	if err != nil {
		return 0, 0, false
	}
	var size *unix.Winsize
	cerr := conn.Control(func(fd uintptr) { size, err = unix.IoctlGetWinsize(int(fd), unix.TIOCGWINSZ) })
	if cerr != nil || err != nil {
		return 0, 0, false
	}
	return int(size.Col), int(size.Row), true
}
