// Package request is what a program that stays is sent, for a job or a
// connection: a length of four bytes, and strings, each ended by a NUL.
package request

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// head is how many bytes the length takes; max bounds those that follow.
const (
	head = 4
	max  = 32 << 10
)

// Size is how many bytes a request has at most.
const Size = head + max

// Err is something that nobody sends, or that is too long to be sent.
var Err = errors.New("not a request")

// Make makes a request of strings, at least one, which hold no NUL.
func Make(lists ...[]string) ([]byte, error) {
	b := make([]byte, head, 512)
	for _, list := range lists {
		for _, s := range list {
			b = append(append(b, s...), 0)
		}
	}
	if len(b) > Size {
		return nil, Err
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-head))
	return b, nil
}

// Receive reads what is still to come of a request of which buf, of Size bytes,
// holds n. What comes to an end too early is io.ErrUnexpectedEOF.
func Receive(r io.Reader, buf []byte, n int) ([]string, error) {
	if n < head {
		if _, err := io.ReadFull(r, buf[n:head]); err != nil {
			return nil, io.ErrUnexpectedEOF
		}
		n = head
	}
	length := binary.BigEndian.Uint32(buf)
	if length > max || n > head+int(length) {
		return nil, Err
	}
	if _, err := io.ReadFull(r, buf[n:head+length]); err != nil {
		return nil, io.ErrUnexpectedEOF
	}
	text, ok := strings.CutSuffix(string(buf[head:head+length]), "\x00")
	if !ok {
		return nil, Err
	}
	return strings.Split(text, "\x00"), nil
}
