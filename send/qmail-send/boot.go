package main

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"time"

	"qmailkit/internal/queue"
	"qmailkit/send"
)

// boot finds out, when qmail-send starts, what waits in the queue. It goes on
// beside the loop, so that new mail does not wait for a look at all the old.
type boot struct {
	finished bool
	held     []found               // found, and not scheduled before release
	released bool                  // what is found is scheduled at once
	ranAt    int64                 // when all was made due, if it was
	fresh    map[queue.ID]struct{} // came out of todo meanwhile: scheduled there
}

// met notes a message that is being taken from todo.
func (b *boot) met(id queue.ID) {
	if !b.finished {
		b.fresh[id] = struct{}{}
	}
}

// headStart is how long the old messages are held back. Most queues are looked
// through by then, and what is due first is tried first.
const headStart = 50 * time.Millisecond

// startUp begins to look at the queue.
func (l *loop) startUp() {
	l.boot.fresh = make(map[queue.ID]struct{})
	timer := time.AfterFunc(headStart, func() { l.post(l.release) })
	go func() {
		l.survey()
		timer.Stop()
		l.post(func() {
			l.release()
			l.boot = boot{finished: true}
		})
	}()
}

// know takes what survey has found.
func (l *loop) know(batch []found) {
	l.boot.held = append(l.boot.held, batch...)
	if l.boot.released {
		l.release()
	}
}

// release schedules what was held back.
func (l *loop) release() {
	for _, m := range l.boot.held {
		if _, ok := l.boot.fresh[m.id]; !ok {
			l.schedule(m)
		}
	}
	l.boot.held, l.boot.released = nil, true
}

// found is a message in info, and the times of its recipient files.
type found struct {
	id  queue.ID
	due [send.Channels]int64
	has [send.Channels]bool
	err string // the file that could not be looked at
}

// survey reads info, local and remote, one subfolder of each at a time, and
// looks only at the recipient files that are there: one system call a message
// and channel. What is in todo too is to be sorted again and left alone here.
func (l *loop) survey() {
	var entries []queue.ID
	for _, dir := range l.queue.Dirs("todo") {
		ids, ok := l.namesOrWait(dir)
		if !ok {
			return
		}
		entries = append(entries, ids...)
	}
	slices.Sort(entries)
	for i, dir := range l.queue.Dirs("info") {
		ids, ok := l.namesOrWait(dir)
		if !ok || len(ids) == 0 {
			continue
		}
		var there [send.Channels][]queue.ID
		for c := range there {
			if there[c], ok = l.namesOrWait(l.queue.Dirs(send.Channel(c).String())[i]); !ok {
				return
			}
			slices.Sort(there[c])
		}
		for part := range slices.Chunk(ids, handful) {
			batch := make([]found, 0, len(part))
			for _, id := range part {
				if _, sorting := slices.BinarySearch(entries, id); !sorting {
					batch = append(batch, look(l.queue, id, there))
				}
			}
			if !l.post(func() { l.know(batch) }) {
				return
			}
		}
	}
}

// look finds out when a message is due on the channels that have it.
func look(q *queue.Queue, id queue.ID, there [send.Channels][]queue.ID) found {
	m := found{id: id}
	for c := range there {
		if _, ok := slices.BinarySearch(there[c], id); !ok {
			continue
		}
		dir := send.Channel(c).String()
		fi, err := os.Stat(q.Path(dir, id))
		switch {
		case err == nil:
			m.has[c], m.due[c] = true, fi.ModTime().Unix()
		case !errors.Is(err, fs.ErrNotExist):
			m.err = q.Rel(dir, id)
			return m
		}
	}
	return m
}

// schedule puts a message where it waits.
func (l *loop) schedule(m found) {
	now := l.now().Unix()
	if m.err != "" {
		l.log.put("warning: unable to stat " + m.err + "; will try again later\n")
		l.failed.insert(m.id, now+sleepFailure)
		return
	}
	any := false
	for c, ch := range l.channels {
		if m.has[c] {
			any = true
			if l.boot.ranAt != 0 {
				m.due[c] = l.boot.ranAt
			}
			ch.waiting.insert(m.id, m.due[c])
		}
	}
	if !any {
		l.done.insert(m.id, now)
	}
}

// place schedules a message that could not be looked at before.
func (l *loop) place(id queue.ID) {
	m := found{id: id}
	for _, dir := range []string{"info", "todo"} {
		there, err := exists(l.queue.Path(dir, id))
		if err != nil {
			m.err = l.queue.Rel(dir, id)
			l.schedule(m)
			return
		}
		if there != (dir == "info") {
			return // gone, or to be sorted again
		}
	}
	l.schedule(look(l.queue, id, [send.Channels][]queue.ID{{id}, {id}}))
}

// runNow makes every message due, those too that survey has yet to find.
func (l *loop) runNow() {
	for _, ch := range l.channels {
		ch.waiting.allDue(l.recent)
		ch.domains.runWaiting(l.recent)
	}
	if !l.boot.finished {
		l.boot.ranAt = l.recent
	}
}

// saveSchedule leaves the time of each message's next try on its recipient
// files, for the next qmail-send to find.
func (l *loop) saveSchedule() {
	for _, ch := range l.channels {
		for _, e := range ch.waiting {
			if l.straights[e.id] != nil {
				continue // left in todo
			}
			t := time.Unix(e.due, 0)
			if os.Chtimes(ch.path(l.queue, e.id), t, t) != nil {
				l.log.put("warning: unable to utime " + ch.rel(l.queue, e.id) + "; message will be retried too soon\n")
			}
		}
	}
}

// namesOrWait returns the message numbers in a folder of the queue. It tries
// as long as it takes; false means that the loop has ended.
func (l *loop) namesOrWait(dir string) ([]queue.ID, bool) {
	for {
		ids, err := allNames(l.queue.Root + "/" + dir)
		if err == nil {
			return ids, true
		}
		if !l.post(func() { l.log.put("alert: unable to opendir " + dir + ", sleeping...\n") }) {
			return nil, false
		}
		timer := time.NewTimer(sleepHelp * time.Second)
		select {
		case <-timer.C:
		case <-l.quit:
			timer.Stop()
			return nil, false
		}
	}
}
