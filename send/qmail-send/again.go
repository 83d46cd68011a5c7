package main

import (
	"bytes"

	"qmailkit/internal/plain"
	"qmailkit/send"
)

// remind has the deferred recipients of a job that waits tried again in time.
func (ds *domains) remind(j *job) {
	if ds != nil && j.deferred && len(j.waits) > 0 && ds.deferred[j.id] != j {
		ds.deferred[j.id] = j
		ds.retries.insert(j.id, j.retry)
	}
}

// forget takes note of the end of a job.
func (ds *domains) forget(j *job) {
	if ds != nil && ds.deferred[j.id] == j {
		delete(ds.deferred, j.id)
	}
}

// openAgain begins another pass over a message whose recipients wait in part,
// if deferred ones of it are due.
func (l *loop) openAgain(ch *channel) bool {
	ds := ch.domains
	if ds == nil {
		return false
	}
	e, ok := ds.retries.next()
	if !ok || e.due > l.recent {
		return false
	}
	ds.retries.pop()
	j := ds.deferred[e.id]
	if j == nil || j.retry > l.recent {
		return false
	}
	if len(j.waits) == 0 {
		delete(ds.deferred, j.id) // it will end by itself
		return false
	}
	p := &pass{job: j, begun: make(map[int64]bool)}
	if j.straight != nil {
		ch.records.Reset(bytes.NewReader(j.straight.content[ch.which]))
	} else {
		var err error
		if p.file, err = plain.Open(ch.path(l.queue, j.id)); err != nil {
			l.log.put("warning: trouble opening " + ch.rel(l.queue, j.id) + "; will try again later\n")
			j.retry = l.recent + sleepFailure
			ds.retries.insert(j.id, j.retry)
			return false
		}
		ch.records.Reset(p.file)
	}
	for i := range ch.slots {
		if d := &ch.slots[i]; d.job == j {
			p.begun[d.pos] = true
		}
	}
	j.retry = send.NextTry(j.birth, l.recent, ch.which)
	j.dying = l.recent > j.birth+l.conf.lifetime
	ds.retries.insert(j.id, j.retry)
	l.engage(j)
	ch.pass = p
	return true
}

// runWaiting makes due what is deferred while others of the message wait.
func (ds *domains) runWaiting(now int64) {
	if ds == nil {
		return
	}
	for _, j := range ds.deferred {
		j.retry = min(j.retry, now)
	}
	ds.retries.allDue(now)
}
