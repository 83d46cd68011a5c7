package main

import (
	"errors"
	"io"
	"os"

	"qmailkit/internal/plain"
	"qmailkit/internal/queue"
	"qmailkit/send"
)

// pass reads the recipients of a message on a channel, as the channel has room.
type pass struct {
	job  *job
	file *os.File // nil where they are in memory

	// Where some of the recipients wait since an earlier pass of the job: those
	// in the spawner's hands since this one began. nil in the first pass.
	begun map[int64]bool
}

// passSteps bounds what a turn does for the channels.
const passSteps = 32

// passTurn gives the recipients that are due to the spawners, one of each
// channel in turn: so the deliveries of a message start in a certain order.
func (l *loop) passTurn() {
	for range passSteps {
		stepped := false
		for _, ch := range l.channels {
			if l.passStep(ch) {
				stepped = true
			}
		}
		if !stepped {
			return
		}
		if e, ok := l.done.next(); ok && e.due <= l.recent {
			return // what has come to its end ends before others begin
		}
	}
}

// passStep opens the message that is due on ch, or takes the next recipient of
// the one that is open. It is false when there is nothing to do.
func (l *loop) passStep(ch *channel) bool {
	if !l.exiting && ch.domains.wants() && ch.available() {
		l.serve(ch)
		return true
	}
	if l.exiting || ch.pass == nil && !l.openPass(ch) || !ch.available() {
		return false
	}
	j := ch.pass.job
	pos := ch.records.Pos()
	record, err := ch.records.Next()
	switch {
	case errors.Is(err, io.EOF):
		if ch.pass.begun == nil {
			j.hitEnd = true
		}
		l.closePass(ch)
	case err != nil:
		l.log.put("warning: trouble reading " + ch.rel(l.queue, j.id) + "; will try again later\n")
		l.closePass(ch)
	case len(record) > 0 && record[0] == 'T':
		l.reach(ch, pos, string(record[1:]))
	case len(record) > 0 && record[0] == 'D':
	default:
		l.log.put("warning: unknown record type in " + ch.rel(l.queue, j.id) + "!\n")
		l.closePass(ch)
	}
	return true
}

// reach has a recipient delivered to, or wait. A pass that is not the first
// leaves those alone who are in the spawner's hands or wait, and with them all
// of their domain.
func (l *loop) reach(ch *channel, pos int64, recipient string) {
	j, begun := ch.pass.job, ch.pass.begun
	if begun[pos] {
		return
	}
	d := ch.domains.of(recipient)
	switch {
	case begun == nil:
		j.todo++
	case j.waitsFor(d):
		return
	}
	if d.full() {
		ch.domains.wait(d, j, pos, begun == nil)
		return
	}
	l.deliver(ch, j, pos, recipient, d)
}

// openPass begins with the message that is due first, if there is one and a
// job to be had.
func (l *loop) openPass(ch *channel) bool {
	if l.jobs >= l.maxJobs {
		return false
	}
	if l.openAgain(ch) {
		return true
	}
	e, ok := ch.waiting.next()
	if !ok || e.due > l.recent || ch.domains.crowded() {
		return false
	}
	ch.waiting.pop()
	if m := l.straights[e.id]; m != nil {
		ch.pass = m.open(ch)
		l.engage(ch.pass.job)
		return true
	}
	trouble := func(rel string) bool {
		l.log.put("warning: trouble opening " + rel + "; will try again later\n")
		ch.waiting.insert(e.id, l.recent+sleepFailure)
		return false
	}
	file, err := plain.Open(ch.path(l.queue, e.id))
	if err != nil {
		return trouble(ch.rel(l.queue, e.id))
	}
	info, err := l.readInfo(e.id)
	if err != nil {
		file.Close()
		return trouble(l.queue.Rel("info", e.id))
	}
	ch.pass = &pass{file: file, job: &job{
		id: e.id, ch: ch, sender: info.sender, birth: info.birth,
		retry: send.NextTry(info.birth, l.recent, ch.which),
		dying: l.recent > info.birth+l.conf.lifetime,
	}}
	l.engage(ch.pass.job)
	ch.records.Reset(file)
	return true
}

func (l *loop) closePass(ch *channel) {
	if ch.pass.file != nil {
		ch.pass.file.Close()
	}
	j := ch.pass.job
	ch.pass = nil
	l.closeJob(j)
}

// info is what a message's info file says: its sender, and by its time of
// change when the message entered the queue.
type info struct {
	sender string
	birth  int64
}

var errNoSender = errors.New("no sender record")

func (l *loop) readInfo(id queue.ID) (info, error) {
	f, err := plain.Open(l.queue.Path("info", id))
	if err != nil {
		return info{}, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return info{}, err
	}
	l.info.Reset(f)
	record, err := l.info.Next()
	if err != nil {
		return info{}, err
	}
	if len(record) == 0 || record[0] != 'F' {
		return info{}, errNoSender
	}
	return info{string(record[1:]), fi.ModTime().Unix()}, nil
}
