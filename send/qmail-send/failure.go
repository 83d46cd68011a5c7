package main

import (
	"os"
	"syscall"

	"qmailkit/internal/queue"
)

// parked is the failure of a delivery that is to be added to a bounce file. It
// is never given up: the recipient is done with only when it is written.
type parked struct {
	id      queue.ID
	text    string // what is still to be written
	channel *channel
	slot    int
	due     int64
}

const noBounce = "alert: unable to append to bounce message; HELP! sleeping...\n"

// writeFailure ends the delivery of p, or tries again in a while.
func (l *loop) writeFailure(p *parked) {
	d := &p.channel.slots[p.slot]
	if p.append(l.queue) {
		d.parked = false
		l.markDone(p.channel, d)
		l.endDelivery(p.channel, p.slot)
		return
	}
	p.due = l.now().Unix() + sleepHelp
	l.parked = append(l.parked, p)
	l.log.put(noBounce)
}

// append writes what can be written of p's text; true means all.
func (p *parked) append(q *queue.Queue) bool {
	f, err := os.OpenFile(q.Path("bounce", p.id), os.O_WRONLY|os.O_APPEND|os.O_CREATE|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return false
	}
	n, err := f.WriteString(p.text)
	p.text = p.text[n:]
	if cerr := f.Close(); err == nil && cerr != nil {
		return false
	}
	return err == nil
}

// unparkTurn tries the failure that has waited longest. They wait equally
// long, so it is the first.
func (l *loop) unparkTurn() {
	if len(l.parked) > 0 && l.parked[0].due <= l.recent {
		p := l.parked[0]
		l.parked = l.parked[1:]
		l.writeFailure(p)
	}
}

// markDone overwrites the T of a recipient's record with a D.
func (l *loop) markDone(ch *channel, d *delivery) {
	d.job.todo--
	if m := d.job.straight; !m.onDisk() {
		m.done(ch.which, d.pos)
		return
	}
	l.writeMark(ch, d.job.id, d.pos)
}

func (l *loop) writeMark(ch *channel, id queue.ID, pos int64) {
	f, err := os.OpenFile(ch.path(l.queue, id), os.O_WRONLY|syscall.O_NONBLOCK, 0)
	if err == nil {
		_, err = f.WriteAt([]byte{'D'}, pos)
		f.Close()
	}
	if err != nil {
		l.log.put("warning: trouble marking " + ch.rel(l.queue, id) + "; message will be delivered twice!\n")
	}
}
