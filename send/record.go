package send

import (
	"bufio"
	"errors"
	"io"
)

// MaxRecord bounds a record of a queue file, in bytes with its letter. No
// program can be handed a longer address on its command line.
const MaxRecord = 128 << 10

// ErrRecordTooLong is a record of more than MaxRecord bytes.
var ErrRecordTooLong = errors.New("record too long")

// Records reads the files todo, info, local and remote of a queue: records of
// a letter and text, each ended by a NUL.
type Records struct {
	in   *bufio.Reader
	long []byte // gathers a record that does not fit in's buffer
	pos  int64
}

const recordBuffer = 4096

// NewRecords starts at the first record of in.
func NewRecords(in io.Reader) *Records {
	return &Records{in: bufio.NewReaderSize(in, recordBuffer)}
}

// Reset starts anew, at the first record of in.
func (r *Records) Reset(in io.Reader) {
	r.in.Reset(in)
	r.long, r.pos = nil, 0
}

// Pos returns the offset at which the next record starts.
func (r *Records) Pos() int64 { return r.pos }

// Next returns a record without its NUL, good until the next call. At the end
// of the file, also within a record that a crash cut short, it is io.EOF.
func (r *Records) Next() ([]byte, error) {
	r.long = r.long[:0]
	for {
		part, err := r.in.ReadSlice(0)
		if len(r.long)+len(part) > MaxRecord+1 {
			return nil, ErrRecordTooLong
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			r.long = append(r.long, part...)
			continue
		case err != nil:
			return nil, err
		}
		if len(r.long) > 0 {
			r.long = append(r.long, part...)
			part = r.long
		}
		r.pos += int64(len(part))
		return part[:len(part)-1], nil
	}
}
