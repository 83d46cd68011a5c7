package main

import (
	"syscall"

	"qmailkit/internal/envelope"
	"qmailkit/internal/queue"
	"qmailkit/send"
)

// bounces are messages whose failures are told to their senders, or are about
// to be.
type bounces struct {
	due     []bounceJob
	running int
}

// bounceJob is one bounce to be put into the queue.
type bounceJob struct {
	id     queue.ID
	sender string // of the message, and who gets the bounce
}

// bounceResult is what came of it.
type bounceResult struct {
	qp      int    // the process that queued it
	retry   string // a warning: it is to be tried again
	discard string // why it never will be
}

// maxInjectors is how many bounces are put into the queue at once when there
// are many; a few go one after the other.
const maxInjectors = 8

func (b *bounces) injectors() int { return min(maxInjectors, 1+len(b.due)/maxInjectors) }

// bounce tells sender of the failures of a message; without one it is a double
// bounce, and from a double bounce nothing comes back.
func (l *loop) bounce(id queue.ID, sender string) {
	switch {
	case sender == envelope.DoubleBounce:
		l.discard(id, "triple bounce: discarding "+l.queue.Rel("bounce", id)+"\n")
	case sender == "" && l.conf.doubleBounceTo == "":
		l.discard(id, "double bounce: discarding "+l.queue.Rel("bounce", id)+"\n")
	default:
		l.bounces.due = append(l.bounces.due, bounceJob{id, sender})
		l.startBounces()
	}
}

func (l *loop) discard(id queue.ID, why string) {
	l.log.put(why)
	l.bounced(id)
}

func (l *loop) startBounces() {
	b := &l.bounces
	for len(b.due) > 0 && b.running < b.injectors() {
		job := b.due[0]
		b.due = b.due[1:]
		b.running++
		go func() {
			result := l.inject(job)
			l.post(func() { l.injected(job.id, result) })
		}()
	}
}

func (l *loop) injected(id queue.ID, r bounceResult) {
	l.bounces.running--
	switch {
	case r.retry != "":
		l.log.put(r.retry)
		l.again(id)
	case r.discard != "":
		l.discard(id, r.discard)
	default:
		l.log.put(send.LogBounce(id, r.qp))
		l.bounced(id)
	}
	if !l.exiting {
		l.startBounces()
	}
}

// bounced removes a bounce file and ends the message.
func (l *loop) bounced(id queue.ID) {
	if syscall.Unlink(l.queue.Path("bounce", id)) != nil {
		l.log.put("warning: unable to unlink " + l.queue.Rel("bounce", id) + "\n")
		l.again(id)
		return
	}
	l.end(id)
}
