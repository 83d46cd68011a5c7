//go:build !linux

package sys

import (
	"os"

	"golang.org/x/sys/unix"
)

// Peeker reads from a file. Here it takes what it reads.
type Peeker struct{ from int }

// NewPeeker returns a reader of f.
func NewPeeker(f *os.File) *Peeker { return &Peeker{from: int(f.Fd())} }

// Read reads.
func (p *Peeker) Read(b []byte) (n int, err error) { return unix.Read(p.from, b) }

// Leave tells that nothing can be left.
func (p *Peeker) Leave(n int) bool { return false }

// Take has nothing to do.
func (p *Peeker) Take() error { return nil }

// Close has nothing to do.
func (p *Peeker) Close() {}
