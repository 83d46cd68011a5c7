package main

import (
	"qmailkit/internal/queue"
	"qmailkit/send"
)

// todo is the door of the queue: the messages that qmail-queue has left there
// are sorted, many at a time, into local and remote recipients.
type todo struct {
	pulled   bool  // the trigger was, since the last look
	due      int64 // when to look without it
	scanning bool
	names    []queue.ID            // found and not yet begun
	resume   chan<- struct{}       // asks the scanner for more of them
	running  int                   // sorters
	inFlight map[queue.ID]struct{} // begun, and their entry not yet removed
}

// maxSorters is how many messages are sorted at once. They spend their time
// waiting for the disk, which commits what they all wrote at one go.
const maxSorters = 32

// todoTurn looks for new messages if there may be some, and has what was found
// sorted.
func (l *loop) todoTurn() {
	t := &l.todo
	if l.exiting {
		return
	}
	if !t.scanning && (t.pulled || t.due <= l.recent) {
		t.pulled, t.due = false, l.recent+sleepTodo
		l.scanTodo()
	}
	for len(t.names) > 0 && t.running < maxSorters {
		id := t.names[0]
		t.names = t.names[1:]
		if _, ok := t.inFlight[id]; ok {
			continue
		}
		l.sortMessage(id)
	}
	if len(t.names) == 0 && t.resume != nil {
		t.resume <- struct{}{}
		t.resume = nil
	}
}

// todoWake returns when the loop should look at todo without an event.
func (l *loop) todoWake() int64 {
	switch {
	case l.todo.scanning:
		return l.recent + sleepForever // the scanner will say
	case l.todo.pulled:
		return l.recent
	}
	return l.todo.due
}

// scanTodo reads todo's names in a goroutine, a handful at a time and only as
// fast as they are sorted.
func (l *loop) scanTodo() {
	t := &l.todo
	t.scanning = true
	resume := make(chan struct{}, 1)
	offer := func(ids []queue.ID) bool {
		if !l.post(func() { t.names, t.resume = ids, resume }) {
			return false
		}
		select {
		case <-resume:
			return true
		case <-l.quit:
			return false
		}
	}
	go func() {
		for _, dir := range l.queue.Dirs("todo") {
			if err := eachName(l.queue.Root+"/"+dir, offer); err != nil {
				l.post(func() { l.todoUnreadable(dir) })
			}
		}
		l.post(func() { t.scanning = false })
	}()
}

func (l *loop) todoUnreadable(dir string) {
	l.log.put("alert: unable to opendir " + dir + ", sleeping...\n")
	l.todo.due = l.recent + sleepHelp
}

// sortMessage has one message sorted.
func (l *loop) sortMessage(id queue.ID) {
	t := &l.todo
	t.inFlight[id] = struct{}{}
	t.running++
	l.boot.met(id)
	s := &sorter{queue: l.queue, rules: l.rules, id: id, keep: l.mayKeep()}
	work := s.run
	if s.keep && s.small() {
		// To read it here costs less than to wake somebody for it.
		if s.gather(); s.keep {
			l.sorted(s)
			return
		}
		work = s.complete
	}
	go func() {
		work()
		l.post(func() { l.sorted(s) })
	}()
}

// sorted has the todo entry of a sorted message removed: all that was in it is
// on disk elsewhere. That of a message which was not written stays while its
// few recipients get it. A message that could not be sorted stays where it is
// until the next look at todo.
func (l *loop) sorted(s *sorter) {
	l.todo.running--
	l.log.put(s.log)
	if !s.ok {
		delete(l.todo.inFlight, s.id)
		return
	}
	if s.keep {
		l.hold(s)
		return
	}
	l.clean.ask(l, "todo", s.id, func(cleaned bool) {
		delete(l.todo.inFlight, s.id)
		if cleaned {
			l.take(s.id, s.has)
		}
	})
}

// take schedules a message that has come out of todo.
func (l *loop) take(id queue.ID, has [send.Channels]bool) {
	now := l.now().Unix()
	any := false
	for c, ch := range l.channels {
		if has[c] {
			ch.waiting.insert(id, now)
			any = true
		}
	}
	if !any {
		l.done.insert(id, now)
	}
}
