// Package tcpto keeps the table of hosts that do not answer: connections to
// them timed out, and trying again soon would only take the time again.
//
// The table is queue/lock/tcpto, 1,024 bytes, locked by flock: records of 16
// bytes, in the format of the C programs. Bytes 0-3 are an IPv4 address, 4 is
// the number of recent time-outs (0: the record is free), 8-11 the time of the
// last one in seconds, the lowest byte first; the others are unused. An IPv6
// address does not fit and is never in the table.
package tcpto

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"time"

	"qmailkit/internal/lock"
	"qmailkit/internal/plain"
)

const (
	// Size of the table in bytes.
	Size       = 1024
	recordSize = 16

	maxCount = 10  // time-outs are not counted above this
	enough   = 2   // from so many on an address is left alone
	again    = 120 // seconds; a time-out so soon after another is no other
	claim    = 10  // each time-out keeps a record its place for 1<<claim seconds
)

// Table is the path of the file. Where it is missing or cannot be used, no
// address is in it and none gets in: it only saves time.
type Table string

// Resting tells whether ip is to be left alone at the time now: it has timed
// out twice or more, the last time less than an hour or so ago. jitter, any
// number, makes that 64 to 97 minutes, so that not all deliveries that wait
// for one host wake up at once. listed is to be handed to Clear.
func (t Table) Resting(ip netip.Addr, now time.Time, jitter int) (resting, listed bool) {
	f, records := t.open(ip)
	if f == nil {
		return false, false
	}
	f.Close()
	return lookUp(records, ip, now, jitter)
}

func lookUp(records []byte, ip netip.Addr, now time.Time, jitter int) (resting, listed bool) {
	i := find(records, ip)
	if i < 0 {
		return false, false
	}
	r := at(records, i)
	return r.count() >= enough && r.age(now) < int64(60+jitter&31)<<6, true
}

// Clear takes ip, which has answered, out of the table.
func (t Table) Clear(ip netip.Addr) {
	f, records := t.open(ip)
	if f == nil {
		return
	}
	defer f.Close()
	if i := find(records, ip); i >= 0 {
		at(records, i).setCount(0)
		write(f, records, i)
	}
}

// Fail notes that a connection to ip has timed out at the time now. In a full
// table ip takes the place of the one that has been there for longest.
func (t Table) Fail(ip netip.Addr, now time.Time) {
	f, records := t.open(ip)
	if f == nil {
		return
	}
	defer f.Close()
	i := find(records, ip)
	if i < 0 {
		i = place(records)
		r := at(records, i)
		*(*[4]byte)(r) = ip.As4()
		r.setCount(0)
	}
	r := at(records, i)
	if r.count() != 0 && r.age(now) < again {
		return
	}
	r.setCount(min(r.count()+1, maxCount))
	r.setLast(now)
	write(f, records, i)
}

// Reset empties the table. A longer file keeps what follows.
func Reset(f *os.File) error {
	_, err := f.WriteAt(make([]byte, Size), 0)
	return err
}

// open locks the table and reads it, or returns nil. Closing it unlocks it.
func (t Table) open(ip netip.Addr) (*os.File, []byte) {
	if !ip.Is4() {
		return nil, nil
	}
	f, records, err := t.read()
	if err != nil {
		return nil, nil
	}
	return f, records
}

// errShort is a file without a whole record.
var errShort = errors.New("no table")

// read locks the table and reads it. Closing it unlocks it.
func (t Table) read() (*os.File, []byte, error) {
	f, err := plain.OpenFile(string(t), os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	records, err := Read(f)
	if err == nil && len(records) < recordSize {
		err = errShort
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, records, nil
}

// Read locks the table, until f is closed, and returns its whole records.
func Read(f *os.File) ([]byte, error) {
	if err := lock.Exclusive(f); err != nil {
		return nil, &LockError{err}
	}
	buf := make([]byte, Size)
	n, err := f.ReadAt(buf, 0)
	if err == io.EOF {
		err = nil
	}
	return buf[:n-n%recordSize], err
}

// LockError is a table that could not be locked.
type LockError struct{ Err error }

func (e *LockError) Error() string { return e.Err.Error() }
func (e *LockError) Unwrap() error { return e.Err }

func write(f *os.File, records []byte, i int) {
	// A failure costs a vain try at most.
	f.WriteAt(at(records, i), int64(i)*recordSize)
}
