package cdb

import (
	"bufio"
	"errors"
	"math"
	"os"
	"path/filepath"
	"syscall"

	"qmailkit/internal/durable"
)

// ErrTooBig is a database that 32-bit positions cannot hold.
var ErrTooBig = errors.New("cdb file too big")

// Writer writes one database, record after record, byte for byte as cdbmake
// and cdbmss do. Call Finish after the last record, then Rename; or Abort.
type Writer struct {
	temporary string
	file      *os.File
	out       *bufio.Writer
	pos       int64
	entries   [tables][]pair // hash and position, in the order of Add
}

// Create starts a database in the file temporary, which should be in the
// folder that the database will have, and makes its mode perm.
func Create(temporary string, perm os.FileMode) (*Writer, error) {
	f, err := os.OpenFile(temporary, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
	if err != nil {
		return nil, err
	}
	if err = f.Chmod(perm); err != nil {
		f.Close()
		return nil, err
	}
	w, err := NewWriter(f)
	if err != nil {
		f.Close()
	}
	return w, err
}

// NewWriter starts a database in a file that is open and empty. Finish and
// Abort close it.
func NewWriter(f *os.File) (*Writer, error) {
	if _, err := f.Seek(headerSize, 0); err != nil {
		return nil, err
	}
	return &Writer{temporary: f.Name(), file: f, out: bufio.NewWriterSize(f, 1<<16), pos: headerSize}, nil
}

// Add adds a record. A reader finds the first one of those with the same key.
func (w *Writer) Add(key, data []byte) error {
	next := w.pos + pairSize + int64(len(key)) + int64(len(data))
	if next > math.MaxUint32 {
		return ErrTooBig
	}
	w.out.Write(pair{uint32(len(key)), uint32(len(data))}.append(nil))
	w.out.Write(key)
	if _, err := w.out.Write(data); err != nil { // bufio remembers the first failure
		return err
	}
	h := hash(key)
	w.entries[h%tables] = append(w.entries[h%tables], pair{h, uint32(w.pos)})
	w.pos = next
	return nil
}

// Finish writes the tables and brings the file to disk, still under its
// temporary name.
func (w *Writer) Finish() error {
	err := w.finish()
	if cerr := w.file.Close(); err == nil {
		err = cerr // NFS reports a full disk here
	}
	return err
}

func (w *Writer) finish() error {
	header := make([]byte, 0, headerSize)
	for _, entries := range w.entries {
		table := layOut(entries)
		header = pair{uint32(w.pos), uint32(len(table))}.append(header)
		if w.pos += int64(len(table)) * pairSize; w.pos > math.MaxUint32 {
			return ErrTooBig
		}
		for _, p := range table {
			w.out.Write(p.append(nil))
		}
	}
	if err := w.out.Flush(); err != nil {
		return err
	}
	if _, err := w.file.WriteAt(header, 0); err != nil {
		return err
	}
	return w.file.Sync()
}

// layOut spreads entries over a table of twice as many slots.
func layOut(entries []pair) []pair {
	table := make([]pair, 2*len(entries))
	for _, e := range entries {
		slot := int(e.a>>8) % len(table)
		for table[slot].b != 0 {
			if slot++; slot == len(table) {
				slot = 0
			}
		}
		table[slot] = e
	}
	return table
}

// Rename puts the finished database into the place of path: readers see the
// old one or the new one, and after a nil error a crash leaves the new one.
func (w *Writer) Rename(path string) error {
	// os.Rename would call a folder in the way a file that exists.
	if err := syscall.Rename(w.temporary, path); err != nil {
		return &os.LinkError{Op: "rename", Old: w.temporary, New: path, Err: err}
	}
	return durable.SyncDir(filepath.Dir(path))
}

// Abort gives the database up and removes the temporary file. Whoever named a
// device or a link keeps it.
func (w *Writer) Abort() {
	w.file.Close()
	if fi, err := os.Lstat(w.temporary); err == nil && fi.Mode().IsRegular() {
		os.Remove(w.temporary)
	}
}
