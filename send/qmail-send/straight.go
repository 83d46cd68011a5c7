package main

import (
	"bytes"
	"slices"
	"time"

	"qmailkit/internal/queue"
	"qmailkit/send"
)

// straight is a message of few recipients that is delivered from its todo
// entry. The entry stays until all of them have their mail, and then goes
// together with the message: nothing else is written. Where that is not to be,
// because one has to wait, or failed, or all takes long, the message is written
// down, as others are before their first delivery.
type straight struct {
	id     queue.ID
	sender string
	birth  time.Time // when it was sorted

	// What the files local and remote would hold, D for T where somebody has
	// the mail; nil where the message has no recipients.
	content [send.Channels][]byte
	over    [send.Channels]bool // all of the channel have it
	jobs    [send.Channels]*job
	dirty   bool // somebody has it

	stage stage
	asked bool     // qmail-clean is asked to remove the todo entry, and has not answered
	marks []mark   // of recipients that got it while it was being written
	after []func() // what waits for the files
}

type stage int

const (
	unwritten stage = iota
	leaving         // all have it, and the todo entry is being removed
	writing         // the files are being made
	written         // they count; the todo entry is gone
	left            // qmail-send ends, and the todo entry stays for the next one
)

// mark is the place of a recipient's record.
type mark struct {
	c   send.Channel
	pos int64
}

// patience is how long a message may be on its way, in seconds, before it is
// written down for all to see. A crash before that may have every recipient
// get it again, after that only those who are just getting it.
const patience = 5

// maxStraight bounds how many messages are on their way at once. When more
// come in than can be delivered they are written as ever.
const maxStraight = 1000

// mayKeep tells whether a message may be on its way without being written. It
// must be certain that its todo entry can be removed then.
func (l *loop) mayKeep() bool {
	return l.clean.able && !l.clean.deaf && len(l.straights) < maxStraight
}

// hold takes a message that the sorter did not write.
func (l *loop) hold(s *sorter) {
	m := &straight{id: s.id, sender: s.sender, birth: l.now()}
	l.straights[m.id] = m
	l.overdue.insert(m.id, m.birth.Unix()+patience)
	for c, ch := range l.channels {
		if m.over[c] = len(s.out[c].buf) == 0; !m.over[c] {
			m.content[c] = s.out[c].buf
			ch.waiting.insert(m.id, m.birth.Unix())
		}
	}
}

// open begins a pass over the message's recipients on ch.
func (m *straight) open(ch *channel) *pass {
	ch.records.Reset(bytes.NewReader(m.content[ch.which]))
	j := &job{
		id: m.id, ch: ch, sender: m.sender, birth: m.birth.Unix(), straight: m,
		retry: send.NextTry(m.birth.Unix(), m.birth.Unix(), ch.which),
	}
	m.jobs[ch.which] = j
	return &pass{job: j}
}

// onDisk tells whether the files say which recipients are left.
func (m *straight) onDisk() bool { return m == nil || m.stage == written }

// isLeft tells whether the message will be delivered from its todo entry again.
func (m *straight) isLeft() bool { return m != nil && m.stage == left }

// done marks a recipient, and remembers it for a file that is being made.
func (m *straight) done(c send.Channel, pos int64) {
	m.content[c][pos] = 'D'
	m.dirty = true
	if m.stage == writing {
		m.marks = append(m.marks, mark{c, pos})
	}
}

// whenOnDisk calls do as soon as files say which recipients of m are left.
func (l *loop) whenOnDisk(m *straight, do func()) {
	if m.onDisk() {
		do()
		return
	}
	m.after = append(m.after, do)
	l.writeDown(m)
}

// jobClosed takes note of a job that has ended while there was no file. It is
// false when the files decide what comes next.
func (l *loop) jobClosed(j *job) bool {
	m := j.straight
	if m.onDisk() || !j.hitEnd || j.todo > 0 {
		return false
	}
	if m.stage == unwritten {
		if m.over[j.ch.which] = true; !slices.Contains(m.over[:], false) {
			l.leave(m)
		}
		return true
	}
	return false
}

// leave ends a message that all recipients have. Its todo entry goes first: a
// message without one is not delivered again.
func (l *loop) leave(m *straight) {
	m.stage, m.asked = leaving, true
	l.clean.ask(l, "todo", m.id, func(cleaned bool) {
		m.asked = false
		if !cleaned {
			l.stuck(m, l.exiting)
			return
		}
		l.forget(m)
		l.log.put(send.LogEnd(m.id))
		l.clean.ask(l, "foop", m.id, func(bool) {})
	})
}

func (l *loop) forget(m *straight) {
	delete(l.straights, m.id)
	delete(l.todo.inFlight, m.id)
}

// writeDown has the files made in a goroutine, for the channels that are not
// over.
func (l *loop) writeDown(m *straight) {
	if m.stage != unwritten {
		return
	}
	m.stage, m.marks = writing, nil
	s := &sorter{queue: l.queue, id: m.id, birth: m.birth}
	s.info.buf = []byte("F" + m.sender + "\x00")
	for c := range m.content {
		if !m.over[c] {
			s.out[c].buf = slices.Clone(m.content[c])
		}
	}
	go func() {
		s.ok = s.clear() && s.write()
		s.close()
		l.post(func() { l.wroteDown(m, s) })
	}()
}

// wroteDown has the todo entry removed; then the files count.
func (l *loop) wroteDown(m *straight, s *sorter) {
	l.log.put(s.log)
	if !s.ok {
		l.stuck(m, false)
		return
	}
	l.clean.ask(l, "todo", m.id, func(cleaned bool) {
		if !cleaned {
			l.stuck(m, l.exiting)
			return
		}
		m.stage = written
		l.forget(m)
		for _, at := range m.marks {
			l.writeMark(l.channels[at.c], m.id, at.pos)
		}
		for _, j := range m.jobs {
			if j != nil {
				j.straight = nil // it may last, if recipients wait
			}
		}
		for _, do := range m.after {
			do()
		}
		m.after = nil
	})
}

// stuck has what failed tried again in a while, unless that is for the next
// qmail-send to do.
func (l *loop) stuck(m *straight, last bool) {
	if last {
		l.abandon(m)
		return
	}
	if m.stage == writing {
		m.stage = unwritten
	}
	l.overdue.insert(m.id, l.now().Unix()+sleepHelp)
}

// abandon leaves a message to its todo entry.
func (l *loop) abandon(m *straight) {
	if m.stage == leaving || m.dirty {
		l.log.put("warning: trouble marking " + l.queue.Rel("todo", m.id) + "; message will be delivered twice!\n")
	}
	m.stage = left
	delete(l.todo.inFlight, m.id)
	for _, ch := range l.channels {
		for i := range ch.slots {
			if d := &ch.slots[i]; d.parked && d.job.straight == m {
				ch.release(i)
			}
		}
	}
}

// straightTurn writes down what has taken too long. When qmail-send is to exit
// it sees to all that nobody is on the way to any more: what has begun is
// written down, what has not can stay as it is.
func (l *loop) straightTurn() {
	for e, ok := l.overdue.next(); ok && e.due <= l.recent; e, ok = l.overdue.next() {
		l.overdue.pop()
		switch m := l.straights[e.id]; {
		case m == nil || m.asked:
		case m.stage == leaving:
			l.leave(m)
		default:
			l.writeDown(m)
		}
	}
	if !l.exiting {
		return
	}
	busy := make(map[*straight]bool)
	for _, ch := range l.channels {
		for i := range ch.slots {
			if ch.alive && ch.slots[i].job != nil {
				busy[ch.slots[i].job.straight] = true
			}
		}
	}
	for _, m := range l.straights {
		switch {
		case m.stage != unwritten || busy[m]:
		case m.dirty:
			l.writeDown(m)
		default:
			l.abandon(m)
		}
	}
}
