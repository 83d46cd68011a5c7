package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"qmailkit/internal/queue"
)

// job is one look at the recipients that a message has on a channel: the pass
// that reads them and the deliveries that it started.
type job struct {
	id     queue.ID
	ch     *channel
	sender string
	birth  int64 // when the message entered the queue
	retry  int64 // when what is left is tried again
	dying  bool  // the message's time is over
	busy   int   // the pass, and the deliveries
	todo   int   // recipients read and not done with
	hitEnd bool  // all were read

	straight *straight // nil where the recipients are in a file

	waits    []*waiter // its recipients that wait for their domains
	deferred bool      // others are to be tried again
}

// engage counts a pass or a delivery of j; closeJob is the end of one.
func (l *loop) engage(j *job) {
	if j.busy == 0 {
		l.jobs++
	}
	j.busy++
}

func (l *loop) closeJob(j *job) {
	if j.busy--; j.busy == 0 {
		l.jobs--
		l.jobOver(j)
	}
}

// jobOver decides, if nothing of j is under way or waits, what becomes of the
// message: its next try, or the end of its recipients on this channel.
func (l *loop) jobOver(j *job) {
	if j.busy > 0 || len(j.waits) > 0 {
		return
	}
	j.ch.domains.forget(j)
	if !l.jobClosed(j) {
		l.whenOnDisk(j.straight, func() { l.settleJob(j) })
	}
}

// settleJob is the end of a job whose recipients are in a file.
func (l *loop) settleJob(j *job) {
	due := j.retry
	if j.hitEnd && j.todo == 0 {
		err := syscall.Unlink(j.ch.path(l.queue, j.id))
		if err == nil {
			if !l.elsewhere(j) {
				l.done.insert(j.id, l.now().Unix())
			}
			return
		}
		l.log.put("warning: unable to unlink " + j.ch.rel(l.queue, j.id) + "; will try again later\n")
		due = l.now().Unix() + sleepFailure
	}
	j.ch.waiting.insert(j.id, due)
}

// elsewhere tells whether the message of j has recipients on another channel.
// When that cannot be found out the answer is no: finish looks again.
func (l *loop) elsewhere(j *job) bool {
	for _, ch := range l.channels {
		if ch == j.ch {
			continue
		}
		switch there, err := exists(ch.path(l.queue, j.id)); {
		case err != nil:
			l.log.put("warning: unable to stat " + ch.rel(l.queue, j.id) + "\n")
			return false
		case there:
			return true
		}
	}
	return false
}

// exists tells a file that is not there from one that cannot be looked at.
func exists(path string) (bool, error) {
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}
