package repair

import (
	"bytes"

	"qmailkit/internal/queue"
)

// recipients is what a file in local or remote holds.
type recipients struct {
	whole bool
	good  []string // records with their letters
	bad   []string // addresses, or what is left of them, that are not among good
	lost  bool     // somebody will not get the message
}

// parseRecipients reads as much as is whole. A record whose letter is neither
// T nor D is taken as T: a recipient who gets the message twice has lost
// nothing.
func parseRecipients(data []byte) (r recipients) {
	r.whole = len(data) > 0
	for len(data) > 0 {
		record, rest, ended := bytes.Cut(data, []byte{0})
		data = rest
		switch {
		case !ended, len(record) < 2 && len(record) > 0, len(record) > queue.MaxAddress+maxPrefix:
			r.whole, r.lost = false, true
			r.bad = append(r.bad, string(record[min(1, len(record)):]))
		case len(record) == 0: // NULs where the file system lost something
			r.whole, r.lost = false, true
		case record[0] != 'T' && record[0] != 'D':
			r.whole = false
			r.good = append(r.good, "T"+string(record[1:]))
		default:
			r.good = append(r.good, string(record))
		}
	}
	if len(r.good) == 0 {
		r.lost = true
	}
	return r
}

// maxPrefix is what virtualdomains may add to an address, in bytes.
const maxPrefix = 64 << 10

// bytes writes what is good.
func (r recipients) bytes() []byte {
	var b []byte
	for _, record := range r.good {
		b = append(append(b, record...), 0)
	}
	return b
}

// parseInfo reads a file in info.
func parseInfo(data []byte) (sender string, ok bool) {
	record, _, ended := bytes.Cut(data, []byte{0})
	if !ended || len(record) == 0 || record[0] != 'F' {
		return "", false
	}
	return string(record[1:]), true
}

// envelope is what a file in todo or intd holds.
type envelope struct {
	sender string
	to     []string
	ok     bool
}

// parseEnvelope reads records of the letters that qmail-queue writes, up to
// the first that is none.
func parseEnvelope(data []byte) (e envelope) {
	senders := 0
	for len(data) > 0 {
		record, rest, ended := bytes.Cut(data, []byte{0})
		if !ended || len(record) == 0 {
			return e
		}
		switch record[0] {
		case 'F':
			e.sender = string(record[1:])
			senders++
		case 'T':
			e.to = append(e.to, string(record[1:]))
		case 'u', 'p':
		default:
			return e
		}
		data = rest
	}
	e.ok = senders == 1
	return e
}
