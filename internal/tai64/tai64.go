// Package tai64 writes and reads the time stamps of daemontools: TAI64N
// labels, 2^62 plus seconds since 1970 TAI and nanoseconds, as 12 bytes or as
// "@" and 24 hexadecimal digits.
//
// Like daemontools without a leap second table it takes TAI for UTC plus 10
// seconds.
package tai64

import (
	"encoding/binary"
	"encoding/hex"
	"errors"
	"time"
)

// Size is the length of a packed TAI64N label in bytes, LabelSize that of its
// text with the "@".
const (
	Size      = 12
	LabelSize = 1 + 2*Size
)

const epoch = 1<<62 + 10

// Pack returns t's label in 12 bytes, most significant first.
func Pack(t time.Time) (b [Size]byte) {
	binary.BigEndian.PutUint64(b[:], uint64(epoch+t.Unix()))
	binary.BigEndian.PutUint32(b[8:], uint32(t.Nanosecond()))
	return b
}

// Unpack is the reverse of Pack. Bytes that say no time are no error: seconds
// wrap, nanoseconds carry.
func Unpack(b [Size]byte) time.Time {
	sec := int64(binary.BigEndian.Uint64(b[:]) - epoch)
	return time.Unix(sec, int64(binary.BigEndian.Uint32(b[8:])))
}

// Append adds t's label to b as text.
func Append(b []byte, t time.Time) []byte {
	packed := Pack(t)
	return hex.AppendEncode(append(b, '@'), packed[:])
}

// ErrLabel is text that is no label.
var ErrLabel = errors.New("not a TAI64N label")

// Parse reads a label of LabelSize bytes.
func Parse(label string) (time.Time, error) {
	var b [Size]byte
	if len(label) != LabelSize || label[0] != '@' {
		return time.Time{}, ErrLabel
	}
	if _, err := hex.Decode(b[:], []byte(label[1:])); err != nil {
		return time.Time{}, ErrLabel
	}
	return Unpack(b), nil
}
