package cdb

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// Each calls f for every record of the database that r gives from its first
// byte on, in the order in which they were added. Memory is taken for what r
// gives, not for what it promises. The error is f's, ErrFormat or r's.
func Each(r io.Reader, f func(key, data []byte) error) error {
	in := bufio.NewReaderSize(r, 1<<16)
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(in, header); err != nil {
		return cut(err)
	}
	left := int64(unpack(header).a) - headerSize // the first table follows the last record
	for left > 0 {
		var lengths [pairSize]byte
		if _, err := io.ReadFull(in, lengths[:]); err != nil {
			return cut(err)
		}
		length := unpack(lengths[:])
		if left -= pairSize + int64(length.a) + int64(length.b); left < 0 {
			return ErrFormat
		}
		key, err := take(in, length.a)
		if err != nil {
			return err
		}
		data, err := take(in, length.b)
		if err != nil {
			return err
		}
		if err := f(key, data); err != nil {
			return err
		}
	}
	return nil
}

func take(r io.Reader, n uint32) ([]byte, error) {
	var b bytes.Buffer
	_, err := io.CopyN(&b, r, int64(n))
	return b.Bytes(), cut(err)
}

// cut calls an end that comes too early what it is.
func cut(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrFormat
	}
	return err
}
