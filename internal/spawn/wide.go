package spawn

import (
	"strconv"
	"strings"
	"syscall"
)

// Variable is how qmail-start tells qmail-send that it may ask for wide slots:
// delivery numbers of two bytes, the higher one first, in requests and reports.
//
// Asking is a request that every spawner must refuse, for the delivery 255,
// which none can hold, of the message "wide" with neither sender nor
// recipient. One that can do it answers with K and the number of deliveries
// that it can hold, in digits, and all that follows is wide on both sides.
// Any other answer leaves everything as it is.
const Variable = "QMAILKIT_SPAWN"

// The request for wide slots.
const (
	WideSlot    = 255
	WideMessage = "wide"
)

// maxWide bounds how many deliveries a spawner offers, and fileShare is how
// many descriptors each may need.
const (
	maxWide   = 5000
	fileShare = 6
)

func slotSize(wide bool) int {
	if wide {
		return 2
	}
	return 1
}

// AppendSlot adds a delivery number to b.
func AppendSlot(b []byte, slot int, wide bool) []byte {
	if wide {
		b = append(b, byte(slot>>8))
	}
	return append(b, byte(slot))
}

// ParseWide reads the text of the answer to a request for wide slots, behind
// its K. A limit of 0 is none.
func ParseWide(text string) (limit int) {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "\n"))
	if err != nil || n <= 0 || n > 1<<16 {
		return 0
	}
	return n
}

func (r *request) asksWide() bool {
	return r.slot == WideSlot && !r.tooLong && r.fields[0].String() == WideMessage && r.fields[1].Len()+r.fields[2].Len() == 0
}

// widen answers a request for wide slots. Nothing else is under way then.
func (s *Server) widen() {
	limit := most()
	s.report(WideSlot, "K"+strconv.Itoa(limit))
	s.wide, s.limit = true, limit
}

// most is how many deliveries there are descriptors for.
func most() int {
	var files syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files) != nil {
		return Limit
	}
	return int(max(Limit, min(uint64(files.Cur)/fileShare, maxWide)))
}
