package main

import (
	"bytes"
	"errors"
	"io"
	"math"

	"qmailkit/internal/plain"
	"qmailkit/internal/queue"
	"qmailkit/send"
)

// waits is what the recipients that wait for their domain have in common.
type waits struct {
	records *send.Records // to find them with
	noted   int           // of all waiters
	most    int           // to be noted of one
	inAll   int           // that may be noted before no more messages are opened

	// The jobs that wait and have deferred recipients too, which are to be
	// tried again when they are due, and not only after those who wait.
	deferred map[queue.ID]*job
	retries  schedule
}

// waiter is the recipients of one message that wait for one domain. The first
// of them are noted; the others are found in the message's recipients when it
// is their turn. So a list of any length needs little memory, and yet it is not
// read again and again: a domain's recipients are looked for from where the last
// were found, so once more for each domain that has more than can be noted.
type waiter struct {
	job        *job
	domain     *domain
	prev, next *waiter // of the domain
	index      int     // in job.waits

	at   []int64 // positions of records, at most as many as are to be noted
	more int     // how many there are besides: all of the domain at and behind from
	from int64
}

const (
	maxNoted   = 512    // of a waiter: 4 kilobytes
	maxWaiting = 100000 // of all; with their jobs, if all are alone, 30 megabytes
	searchStep = 512    // records that are looked at in a step
)

func newWaits() waits {
	return waits{records: send.NewRecords(nil), most: maxNoted, inAll: maxWaiting, deferred: make(map[queue.ID]*job)}
}

// crowded tells whether so many wait that there should not be more of them.
func (ds *domains) crowded() bool { return ds != nil && ds.noted >= ds.inAll }

// wait has a recipient of j, whose record is at pos, wait for its domain d. As
// one message at a time is read, the last waiter of d is j's if j has one.
// Behind from there may be recipients that have been tried, if this is not the
// first pass: so those that cannot be noted then do not wait, and are tried
// another time.
func (ds *domains) wait(d *domain, j *job, pos int64, first bool) {
	w := d.last
	if w == nil || w.job != j {
		w = &waiter{job: j, domain: d, prev: d.last, index: len(j.waits)}
		if d.last == nil {
			d.first = w
		} else {
			d.last.next = w
		}
		d.last = w
		j.waits = append(j.waits, w)
		ds.remind(j)
	}
	switch {
	case w.more == 0 && len(w.at) < ds.most && (len(w.at) == 0 || !ds.crowded()):
		w.at = append(w.at, pos)
		ds.noted++
	case first:
		if w.more == 0 {
			w.from = pos
		}
		w.more++
	}
}

// waitsFor tells whether recipients of j wait for d.
func (j *job) waitsFor(d *domain) bool {
	for _, w := range j.waits {
		if w.domain == d {
			return true
		}
	}
	return false
}

// drop ends a waiter.
func (ds *domains) drop(w *waiter) {
	d, j := w.domain, w.job
	if w.prev == nil {
		d.first = w.next
	} else {
		w.prev.next = w.next
	}
	if w.next == nil {
		d.last = w.prev
	} else {
		w.next.prev = w.prev
	}
	last := len(j.waits) - 1
	j.waits[w.index], j.waits[last].index = j.waits[last], w.index
	j.waits[last] = nil
	j.waits = j.waits[:last]
	ds.noted -= len(w.at)
	ds.look(d)
}

// serve starts the recipient who waits longest for a domain that has room, or
// looks for it.
func (l *loop) serve(ch *channel) {
	d := ch.domains.next()
	if d == nil {
		return
	}
	w := d.first
	if err := l.serveWaiter(ch, w); err != nil {
		l.log.put("warning: trouble reading " + ch.rel(l.queue, w.job.id) + "; will try again later\n")
		for len(w.job.waits) > 0 {
			ch.domains.drop(w.job.waits[0])
		}
		l.jobOver(w.job)
	} else if len(w.at) == 0 && w.more == 0 {
		ch.domains.drop(w)
		l.jobOver(w.job)
	}
	ch.domains.look(d)
}

// serveWaiter reads the recipients of w from where it is.
func (l *loop) serveWaiter(ch *channel, w *waiter) error {
	do, pos := l.search, w.from
	if len(w.at) > 0 {
		do, pos = l.startWaiter, w.at[0]
	}
	if m := w.job.straight; m != nil {
		ch.domains.records.Reset(bytes.NewReader(m.content[ch.which][pos:]))
		return do(ch, w)
	}
	f, err := plain.Open(ch.path(l.queue, w.job.id))
	if err != nil {
		return err
	}
	defer f.Close()
	ch.domains.records.Reset(io.NewSectionReader(f, pos, math.MaxInt64-pos))
	return do(ch, w)
}

var errUnknownRecord = errors.New("unknown record type")

// startWaiter delivers to the first that w has noted, unless somebody has
// marked it as done meanwhile. Time has passed since the message was opened: as
// long as none of its recipients is deferred, the next try is counted from now.
func (l *loop) startWaiter(ch *channel, w *waiter) error {
	record, err := ch.domains.records.Next()
	if err != nil {
		return err
	}
	j, pos := w.job, w.at[0]
	w.at = w.at[1:]
	ch.domains.noted--
	switch {
	case len(record) > 0 && record[0] == 'T':
		if !j.deferred {
			j.retry = send.NextTry(j.birth, l.recent, ch.which)
		}
		j.dying = l.recent > j.birth+l.conf.lifetime
		l.deliver(ch, j, pos, string(record[1:]), w.domain)
	case len(record) > 0 && record[0] == 'D':
		j.todo--
	default:
		return errUnknownRecord
	}
	return nil
}

// search notes further recipients of w. Should there be less of them than were
// counted, the next try of the message finds out.
func (l *loop) search(ch *channel, w *waiter) error {
	records, start := ch.domains.records, w.from
	for range searchStep {
		pos := start + records.Pos()
		record, err := records.Next()
		if errors.Is(err, io.EOF) {
			w.more = 0
			return nil
		}
		if err != nil {
			return err
		}
		w.from = start + records.Pos()
		if len(record) == 0 || record[0] != 'T' || send.Domain(string(record[1:])) != w.domain.name {
			continue
		}
		w.at = append(w.at, pos)
		ch.domains.noted++
		if w.more--; w.more == 0 || len(w.at) == ch.domains.most {
			return nil
		}
	}
	return nil
}
