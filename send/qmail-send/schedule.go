package main

import "qmailkit/internal/queue"

// entry is a message that waits, and until when.
type entry struct {
	id  queue.ID
	due int64 // seconds since 1970
}

// schedule holds messages by the time at which something is to be done about
// them: sixteen bytes a message, and a cost that grows with the logarithm of
// their number. It is a binary heap of smallest first. Which of several that
// are due at one time comes first is part of qmail-send's behaviour, and falls
// out of insert and pop being exactly the textbook's.
type schedule []entry

// insert adds a message.
func (s *schedule) insert(id queue.ID, due int64) {
	h := append(*s, entry{})
	hole := len(h) - 1
	for hole > 0 {
		parent := (hole - 1) / 2
		if h[parent].due <= due {
			break
		}
		h[hole] = h[parent]
		hole = parent
	}
	h[hole] = entry{id, due}
	*s = h
}

// next returns the message that is due first.
func (s schedule) next() (entry, bool) {
	if len(s) == 0 {
		return entry{}, false
	}
	return s[0], true
}

// pop removes the message that next returns.
func (s *schedule) pop() {
	h := *s
	last := len(h) - 1
	moved := h[last]
	hole := 0
	for {
		child := 2*hole + 2
		if child > last {
			break
		}
		if h[child-1].due <= h[child].due {
			child--
		}
		if moved.due <= h[child].due {
			break
		}
		h[hole] = h[child]
		hole = child
	}
	h[hole] = moved
	*s = h[:last]
}

// allDue makes every message due at now, which leaves a heap a heap.
func (s schedule) allDue(now int64) {
	for i := range s {
		s[i].due = now
	}
}
