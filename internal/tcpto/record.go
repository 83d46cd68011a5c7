package tcpto

import (
	"bytes"
	"net/netip"
	"time"
)

// Entry is an address of the table as qmail-tcpto(8) shows it.
type Entry struct {
	IP    netip.Addr
	Count int   // recent time-outs, at least 1
	Age   int64 // seconds since the last one
}

// Entries returns what the records of a table hold at the time now.
func Entries(records []byte, now time.Time) (list []Entry) {
	for i := range len(records) / recordSize {
		if r := at(records, i); r.count() > 0 {
			list = append(list, Entry{netip.AddrFrom4([4]byte(r)), r.count(), r.age(now)})
		}
	}
	return list
}

// record is the bytes of one.
type record []byte

func at(records []byte, i int) record {
	return record(records[i*recordSize:][:recordSize])
}

// count is negative where the byte is none that we write.
func (r record) count() int { return int(int8(r[4])) }

func (r record) setCount(n int) { r[4] = byte(n) }

// last is the lower half of the time of the last time-out, in seconds.
func (r record) last() uint32 {
	return uint32(r[8]) | uint32(r[9])<<8 | uint32(r[10])<<16 | uint32(r[11])<<24
}

func (r record) setLast(t time.Time) {
	s := t.Unix()
	r[8], r[9], r[10], r[11] = byte(s), byte(s>>8), byte(s>>16), byte(s>>24)
}

// age is how many seconds ago the last time-out was. The record holds 32 bits
// of the time; the difference is right for 68 years to both sides, also after
// they have overflowed in 2106.
func (r record) age(now time.Time) int64 { return int64(int32(uint32(now.Unix()) - r.last())) }

// find returns the place of ip, or -1.
func find(records []byte, ip netip.Addr) int {
	want := ip.As4()
	for i := range len(records) / recordSize {
		if bytes.Equal(at(records, i)[:4], want[:]) {
			return i
		}
	}
	return -1
}

// place returns the first free record, or the one whose address has the least
// claim to be there: the oldest, where each time-out makes up for 1,024
// seconds.
func place(records []byte) int {
	best, least := 0, int64(0)
	for i := range len(records) / recordSize {
		r := at(records, i)
		if r.count() == 0 {
			return i
		}
		if when := int64(r.last()) + int64(r.count())<<claim; i == 0 || when < least {
			best, least = i, when
		}
	}
	return best
}
