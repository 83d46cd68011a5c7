package tcpto

import (
	"net/netip"
	"time"

	"qmailkit/internal/stamp"
)

// Kept is a Table for a program that stays: it reads the file, and takes the
// lock for that, only once somebody has written to it. Many goroutines may use
// one.
type Kept struct {
	Table
	records stamp.Kept[[]byte]
}

// Keep returns a Kept of t; now is the clock.
func (t Table) Keep(now func() time.Time) *Kept {
	k := &Kept{Table: t}
	k.records.Now = now
	k.records.Make = func(seen *stamp.Seen) ([]byte, error) {
		seen.File(string(t))
		f, records, err := t.read()
		if err == nil {
			f.Close()
		}
		return records, err
	}
	return k
}

// Resting is that of Table.
func (k *Kept) Resting(ip netip.Addr, now time.Time, jitter int) (resting, listed bool) {
	if !ip.Is4() {
		return false, false
	}
	records, err := k.records.Get()
	if err != nil {
		return false, false
	}
	return lookUp(records, ip, now, jitter)
}
