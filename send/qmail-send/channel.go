package main

import (
	"qmailkit/internal/envelope"
	"qmailkit/internal/queue"
	"qmailkit/internal/spawn"
	"qmailkit/send"
)

// channel is one of the ways out: the messages that wait for it, the one whose
// recipients are being read, its spawner and the deliveries given to that.
type channel struct {
	which   send.Channel
	waiting schedule
	pass    *pass
	records *send.Records // to read pass with

	out     wire
	alive   bool   // the spawner is there
	request []byte // one or several, not yet sent whole
	sending bool   // a goroutine is at it
	reports send.Reports

	slots []delivery // by the number that the spawner knows it by
	free  int        // no slot before this one is
	used  int

	domains *domains // nil: any number of deliveries to one
}

// delivery is one recipient in the hands of the spawner.
type delivery struct {
	job       *job // nil: the slot is free
	number    uint64
	pos       int64 // of the recipient's record
	recipient string
	domain    *domain
	parked    bool // its failure is still to be written down
}

func newChannel(which send.Channel, limit int, wide bool) *channel {
	ch := &channel{which: which, records: send.NewRecords(nil), alive: true, slots: make([]delivery, limit)}
	ch.reports.Wide = wide
	return ch
}

// requestBuffer bounds the requests that are sent at one go. A pipe takes that
// much, or it is full, and then nothing is asked until it is not.
const requestBuffer = 2048

// available tells whether another delivery could start.
func (ch *channel) available() bool {
	return ch.alive && !ch.sending && len(ch.request) < requestBuffer && ch.used < len(ch.slots)
}

// deliver gives a recipient of j, whose record is at pos, to the spawner. The
// channel must be available, and the domain have room.
func (l *loop) deliver(ch *channel, j *job, pos int64, recipient string, d *domain) {
	slot := ch.free
	for ch.slots[slot].job != nil {
		slot++
	}
	ch.free = slot + 1
	l.started++
	l.engage(j)
	d.enter()
	if ch.pass != nil && ch.pass.job == j && ch.pass.begun != nil {
		ch.pass.begun[pos] = true
	}
	ch.slots[slot] = delivery{job: j, number: l.started, pos: pos, recipient: recipient, domain: d}
	ch.used++
	ch.request = spawnRequest(ch.request, slot, ch.reports.Wide, l.queue.MessName(j.id), envelope.Sender(j.sender, recipient), recipient)
	l.log.put(send.LogStarting(l.started, j.id, ch.which, recipient))
	l.status()
}

// spawnRequest is how a spawner is asked: the slot, a byte or two, then the
// message's name below queue/mess, the sender and the recipient, each with a
// NUL.
func spawnRequest(b []byte, slot int, wide bool, message, sender, recipient string) []byte {
	b = spawn.AppendSlot(b, slot, wide)
	for _, field := range []string{message, sender, recipient} {
		b = append(b, field...)
		b = append(b, 0)
	}
	return b
}

// send sends the request that there is. Should the pipe be full, a goroutine
// waits for it and nobody else does.
func (ch *channel) send(l *loop) {
	if len(ch.request) == 0 || ch.sending || !ch.alive {
		return
	}
	n, err := ch.out.TryWrite(ch.request)
	if err == nil && n < len(ch.request) {
		ch.sending = true
		rest := ch.request[n:]
		go func() {
			_, err := ch.out.Write(rest)
			l.post(func() { ch.sent(l, err) })
		}()
		return
	}
	ch.sent(l, err)
}

func (ch *channel) sent(l *loop, err error) {
	ch.sending = false
	ch.request = ch.request[:0]
	if err != nil {
		ch.died(l)
	}
}

const lostSpawn = "alert: oh no! lost spawn connection! dying...\n"

func (ch *channel) died(l *loop) {
	if ch.alive {
		ch.alive = false
		l.exiting = true
		l.log.put(lostSpawn)
	}
}

// heard takes what a spawner says; nothing at all is its end.
func (l *loop) heard(c send.Channel, said []byte) {
	ch := l.channels[c]
	if !ch.alive {
		return
	}
	if len(said) == 0 {
		ch.died(l)
		return
	}
	for _, b := range said {
		if report, ok := ch.reports.Add(b); ok {
			l.reported(ch, report)
		}
	}
}

const outOfRange = "warning: internal error: delivery report out of range\n"

// reported ends a delivery, as its report has it.
func (l *loop) reported(ch *channel, report send.Report) {
	if report.Slot >= len(ch.slots) || ch.slots[report.Slot].job == nil || ch.slots[report.Slot].parked {
		l.log.put(outOfRange)
		return
	}
	d := &ch.slots[report.Slot]
	d.domain.heard(report)
	if report.Verdict == send.Defer && d.job.dying {
		report = report.GiveUp()
	}
	l.log.put(send.LogDelivery(d.number, report))
	switch report.Verdict {
	case send.Success:
		l.markDone(ch, d)
	case send.Failure:
		if d.job.straight.isLeft() {
			break // it is the next qmail-send's to find out
		}
		recipient := d.recipient
		if ch.which == send.Local {
			recipient = l.rules.Original(recipient)
		}
		p := &parked{id: d.job.id, text: send.Paragraph(recipient, report.Text), channel: ch, slot: report.Slot}
		d.parked = true
		l.whenOnDisk(d.job.straight, func() { l.writeFailure(p) })
		return
	default:
		d.job.deferred = true
		ch.domains.remind(d.job)
	}
	l.endDelivery(ch, report.Slot)
}

// endDelivery frees a slot, and the job where it was the last of it.
func (l *loop) endDelivery(ch *channel, slot int) {
	l.closeJob(ch.slots[slot].job)
	ch.release(slot)
	l.status()
}

// release makes a slot free.
func (ch *channel) release(slot int) {
	ch.domains.leave(ch.slots[slot].domain)
	ch.slots[slot] = delivery{}
	ch.free = min(ch.free, slot)
	ch.used--
}

// path returns the file of the channel's recipients of a message.
func (ch *channel) path(q *queue.Queue, id queue.ID) string { return q.Path(ch.which.String(), id) }

// rel is path as log lines have it.
func (ch *channel) rel(q *queue.Queue, id queue.ID) string { return q.Rel(ch.which.String(), id) }
