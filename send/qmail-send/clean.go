package main

import "qmailkit/internal/queue"

// cleaner has qmail-clean remove files that qmail-send may not. Requests do
// not wait for one another: it answers in their order.
type cleaner struct {
	out     wire
	request []byte // not yet sent
	sending bool   // a goroutine is sending what came before
	waiting []question
	busy    map[queue.ID]struct{} // messages that it was asked about
	deaf    bool                  // it will not answer any more
	able    bool                  // what it was asked for last was removed
}

type question struct {
	id   queue.ID
	name string
	then func(cleaned bool)
}

const (
	lostClean = "alert: oh no! lost qmail-clean connection! dying...\n"
	cleaned   = '+'
)

// ask asks for the files of a message: "todo", its entry there, or "foop", the
// message itself. then hears, in the loop, whether they are gone.
func (c *cleaner) ask(l *loop, what string, id queue.ID, then func(cleaned bool)) {
	q := question{id, l.queue.Rel(what, id), then}
	c.waiting = append(c.waiting, q)
	c.busy[id] = struct{}{}
	c.request = append(append(c.request, q.name...), 0)
	if c.deaf {
		c.died(l)
		return
	}
	c.send(l)
}

func (c *cleaner) send(l *loop) {
	if c.sending || len(c.request) == 0 || c.deaf {
		return
	}
	n, err := c.out.TryWrite(c.request)
	if err != nil {
		c.died(l)
		return
	}
	if n == len(c.request) {
		c.request = c.request[:0]
		return
	}
	rest := c.request[n:]
	c.request = nil
	c.sending = true
	go func() {
		_, err := c.out.Write(rest)
		l.post(func() {
			c.sending = false
			if err != nil {
				c.died(l)
			}
			c.send(l)
		})
	}()
}

// heard takes answers, a byte each; none at all is qmail-clean's end, which
// matters only if something is asked of it.
func (c *cleaner) heard(l *loop, said []byte) {
	if len(said) == 0 {
		c.deaf = true
		if len(c.waiting) > 0 {
			c.died(l)
		}
		return
	}
	for _, answer := range said {
		if len(c.waiting) == 0 {
			return // nobody asked
		}
		q := c.waiting[0]
		c.waiting = c.waiting[1:]
		delete(c.busy, q.id)
		if c.able = answer == cleaned; !c.able {
			l.log.put("warning: qmail-clean unable to clean up " + q.name + "\n")
		}
		q.then(c.able)
	}
}

// died gives up on qmail-clean and on all that was asked.
func (c *cleaner) died(l *loop) {
	c.deaf = true
	l.exiting = true
	l.log.put(lostClean)
	unanswered := c.waiting
	c.waiting, c.request = nil, nil
	for _, q := range unanswered {
		delete(c.busy, q.id)
		q.then(false)
	}
}
