package netstring

import "bufio"

// MaxLength bounds the lengths that a List takes, in bytes. Nothing is put
// into memory by what is announced.
const MaxLength = 2_000_000_009

// MaxAddress is one more than the longest address that a List takes, in bytes.
const MaxAddress = 1000

// List reads netstrings that stand one behind the other: those of a
// connection, or those inside a netstring, whose end it never passes.
type List struct {
	r    *bufio.Reader
	left int64 // bytes that are still to come
}

const endless = 1 << 62

// NewList returns the list of what r has to say.
func NewList(r *bufio.Reader) *List { return &List{r, endless} }

// Inner returns the list inside a netstring of the length that has just been
// read. Its comma is left for l.
func (l *List) Inner(length int64) *List {
	l.left -= length
	return &List{l.r, length}
}

// Done tells whether the list has been read to its end.
func (l *List) Done() bool { return l.left == 0 }

// Read reads; at the list's end there is ErrFormat.
func (l *List) Read(b []byte) (int, error) {
	if l.left == 0 {
		return 0, ErrFormat
	}
	n, err := l.r.Read(b[:min(int64(len(b)), l.left)])
	l.left -= int64(n)
	return n, err
}

// ReadByte is Read for a byte.
func (l *List) ReadByte() (byte, error) {
	if l.left == 0 {
		return 0, ErrFormat
	}
	l.left--
	return l.r.ReadByte()
}

// Length reads a length that the list has room for.
func (l *List) Length() (int64, error) {
	n, err := ReadLength(l, MaxLength)
	if err == nil && !l.Holds(n) {
		err = ErrFormat
	}
	return n, err
}

// Holds tells whether the list has room for length bytes and a comma.
func (l *List) Holds(length int64) bool { return length < l.left }

// Comma reads the end of a netstring.
func (l *List) Comma() error {
	c, err := l.ReadByte()
	if err == nil && c != ',' {
		err = ErrFormat
	}
	return err
}

// Address reads a netstring that is an address. One that is too long or holds
// a NUL is read too, and cannot be one: ok is false.
func (l *List) Address() (address string, ok bool, err error) {
	n, err := l.Length()
	if err != nil {
		return "", false, err
	}
	ok = n < MaxAddress
	var buf []byte
	for range n {
		c, err := l.ReadByte()
		if err != nil {
			return "", false, err
		}
		if ok = ok && c != 0; ok {
			buf = append(buf, c)
		}
	}
	if !ok {
		buf = nil
	}
	return string(buf), ok, l.Comma()
}
