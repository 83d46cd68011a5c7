package cdb

import (
	"bytes"
	"errors"
	"io"
	"os"
)

// ErrFormat is a file that points outside of itself, or ends too early.
var ErrFormat = errors.New("bad cdb format")

// Reader looks keys up in one file. It holds nothing of the file in memory
// and trusts nothing in it. Many goroutines may use it at once.
type Reader struct {
	file io.ReaderAt
	size int64
	shut io.Closer
}

// Open opens the file path.
func Open(path string) (*Reader, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	fi, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	return &Reader{file: f, size: fi.Size(), shut: f}, nil
}

// NewReader reads the size bytes that file holds.
func NewReader(file io.ReaderAt, size int64) *Reader { return &Reader{file: file, size: size} }

// Close closes the file of Open.
func (r *Reader) Close() error {
	if r.shut == nil {
		return nil
	}
	return r.shut.Close()
}

// Find returns the data of the first record of key.
func (r *Reader) Find(key []byte) (data []byte, ok bool, err error) {
	h := hash(key)
	table, err := r.pair(int64(h%tables) * pairSize)
	if err != nil || table.b == 0 {
		return nil, false, err
	}
	slot := (h >> 8) % table.b
	// Every turn reads a slot inside the file: there are no more of them than
	// size/8, whatever length the table claims.
	for range table.b {
		entry, err := r.pair(int64(table.a) + int64(slot)*pairSize)
		if err != nil || entry.b == 0 {
			return nil, false, err
		}
		if entry.a == h {
			if data, ok, err = r.record(int64(entry.b), key); ok || err != nil {
				return data, ok, err
			}
		}
		if slot++; slot == table.b {
			slot = 0
		}
	}
	return nil, false, nil
}

// record returns the data of the record at pos if it is one of key.
func (r *Reader) record(pos int64, key []byte) (data []byte, ok bool, err error) {
	length, err := r.pair(pos)
	if err != nil || int64(length.a) != int64(len(key)) {
		return nil, false, err
	}
	pos += pairSize
	if int64(length.a) > r.size-pos {
		return nil, false, ErrFormat
	}
	own := make([]byte, length.a)
	if err = r.read(own, pos); err != nil || !bytes.Equal(own, key) {
		return nil, false, err
	}
	pos += int64(length.a)
	if int64(length.b) > r.size-pos {
		return nil, false, ErrFormat
	}
	data = make([]byte, length.b)
	return data, true, r.read(data, pos)
}

func (r *Reader) pair(pos int64) (pair, error) {
	var b [pairSize]byte
	err := r.read(b[:], pos)
	return unpack(b[:]), err
}

func (r *Reader) read(b []byte, pos int64) error {
	n, err := r.file.ReadAt(b, pos)
	if n == len(b) {
		return nil
	}
	if err == io.EOF {
		return ErrFormat
	}
	return err
}
