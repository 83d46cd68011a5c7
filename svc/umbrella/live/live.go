// Package live looks at a mail system as it is now: its queue, whether
// qmail-send runs, hosts that do not answer.
package live

import (
	"errors"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/queue"
	"qmailkit/internal/tcpto"
	"qmailkit/send"
	"qmailkit/send/waiting"
)

// Queue is what waits.
type Queue struct {
	Messages int                `json:"messages"`
	New      int                `json:"new"` // not yet sorted by qmail-send
	Held     int                `json:"held"`
	Bouncing int                `json:"bouncing"`
	Damaged  int                `json:"damaged"`
	Bytes    int64              `json:"bytes"`
	Due      [send.Channels]int `json:"due"`    // recipients to be tried: local, remote
	Oldest   int64              `json:"oldest"` // seconds since the oldest message entered, 0 for none
}

// ReadQueue looks at all messages in p's queue.
func ReadQueue(p *cmd.Proc) (Queue, error) {
	var n Queue
	q, err := queue.Open(p.InHome("queue"))
	if err != nil {
		return n, err
	}
	ids, err := waiting.IDs(q)
	if err != nil {
		return n, err
	}
	now := p.Now()
	for _, id := range ids {
		m, err := waiting.Read(q, id)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue // it has ended meanwhile
		case errors.Is(err, waiting.ErrDamaged):
			n.Messages++
			n.Damaged++
			continue
		case err != nil:
			return n, err
		}
		n.add(m, now)
	}
	return n, nil
}

func (n *Queue) add(m *waiting.Message, now time.Time) {
	n.Messages++
	n.Bytes += m.Size
	n.Oldest = max(n.Oldest, int64(now.Sub(m.Queued)/time.Second))
	for _, c := range []struct {
		is bool
		n  *int
	}{{m.Unsorted, &n.New}, {m.Held, &n.Held}, {m.Bouncing, &n.Bouncing}} {
		if c.is {
			*c.n++
		}
	}
	for _, r := range m.Recipients {
		if !r.Done && !m.Unsorted {
			n.Due[r.Channel]++
		}
	}
}

// Running tells whether p's qmail-send runs: whether anybody reads the fifo
// that wakes it. To open and close it wakes nobody.
func Running(p *cmd.Proc) (bool, error) {
	f, err := os.OpenFile(p.InHome("queue", "lock", "trigger"), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	switch {
	case err == nil:
		f.Close()
		return true, nil
	case errors.Is(err, syscall.ENXIO):
		return false, nil
	}
	return false, err
}

// Slow returns the hosts that do not answer.
func Slow(p *cmd.Proc) ([]tcpto.Entry, error) {
	f, err := os.Open(p.InHome("queue", "lock", "tcpto"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	records, err := tcpto.Read(f)
	if err != nil {
		return nil, err
	}
	return tcpto.Entries(records, p.Now()), nil
}
