package main

import (
	"os"
	"slices"

	"qmailkit/internal/queue"
	"qmailkit/internal/sys"
)

// cleanup looks now and then for message files that qmail-queue, killed before
// it was done, has left behind.
type cleanup struct {
	due     int64
	running bool
}

// cleanupWake returns when the next search is due. One that is under way, or
// that startUp is still to be done before, will say so itself.
func (l *loop) cleanupWake() int64 {
	if l.cleanup.running || !l.boot.finished {
		return l.recent + sleepForever
	}
	return l.cleanup.due
}

// cleanupTurn starts the search in a goroutine. That only finds candidates:
// whether one is a stray is decided where nothing else happens meanwhile.
func (l *loop) cleanupTurn() {
	if l.cleanup.running || l.recent < l.cleanup.due || !l.boot.finished {
		return
	}
	l.cleanup.running = true
	go func() {
		for i, dir := range l.queue.Dirs("mess") {
			l.candidates(dir, l.queue.Dirs("info")[i])
		}
		l.post(func() {
			l.cleanup.running = false
			l.cleanup.due = l.recent + sleepCleanup
		})
	}()
}

// candidates posts the old messages in the folder mess that are not in info.
// It looks at none that is, which is nearly all of them.
func (l *loop) candidates(mess, info string) {
	known, ok := l.namesOrWait(info)
	if !ok {
		return
	}
	slices.Sort(known)
	there, ok := l.namesOrWait(mess)
	if !ok {
		return
	}
	for _, id := range there {
		if _, found := slices.BinarySearch(known, id); found || !isOld(l.queue, id, l.now().Unix()) {
			continue
		}
		if !l.post(func() { l.removeStray(id) }) {
			return
		}
	}
}

func isOld(q *queue.Queue, id queue.ID, now int64) bool {
	fi, err := os.Stat(q.Path("mess", id))
	return err == nil && now > sys.AccessTime(fi).Unix()+ossified
}

// removeStray has a message removed that is old and neither in info nor in
// todo. One that is being sorted, or whose removal has been asked for already,
// is somebody else's.
func (l *loop) removeStray(id queue.ID) {
	if _, ok := l.todo.inFlight[id]; ok {
		return
	}
	if _, ok := l.clean.busy[id]; ok {
		return
	}
	if !isOld(l.queue, id, l.recent) {
		return
	}
	for _, dir := range []string{"info", "todo"} {
		if there, err := exists(l.queue.Path(dir, id)); there || err != nil {
			return
		}
	}
	l.clean.ask(l, "foop", id, func(bool) {})
}
