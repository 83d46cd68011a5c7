// Package netstring reads and writes netstrings: a decimal length, a colon,
// that many bytes, a comma.
package netstring

import (
	"errors"
	"io"
	"strconv"
)

// What can be wrong with a netstring besides the reader's own errors.
var (
	ErrFormat = errors.New("not a netstring")
	ErrLength = errors.New("netstring too long")
)

// Append adds the netstring of s to b.
func Append(b []byte, s string) []byte {
	b = AppendLength(b, len(s))
	b = append(b, s...)
	return append(b, ',')
}

// AppendLength adds what a netstring of n bytes begins with.
func AppendLength(b []byte, n int) []byte {
	return append(strconv.AppendInt(b, int64(n), 10), ':')
}

// ReadLength reads a length and its colon. Without a digit it is 0, as some
// write it. A length above max is ErrLength, before anything is read of what it
// announces; the number of digits is bounded with it.
func ReadLength(r io.ByteReader, max int64) (int64, error) {
	var n int64
	for digits := 0; ; digits++ {
		c, err := r.ReadByte()
		if err != nil {
			return 0, err
		}
		if c == ':' {
			return n, nil
		}
		if c-'0' > 9 {
			return 0, ErrFormat
		}
		if n = n*10 + int64(c-'0'); n > max || digits > 20 {
			return 0, ErrLength
		}
	}
}
