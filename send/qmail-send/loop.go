package main

import (
	"time"

	"qmailkit/internal/queue"
	"qmailkit/send"
)

// The rhythm of the queue, in seconds.
const (
	sleepTodo    = 1500   // todo is looked at this often without a trigger
	sleepForever = 86400  // no sleep is longer
	sleepCleanup = 76431  // from one search for stray messages to the next
	sleepFailure = 123    // after the system has failed us
	sleepHelp    = 10     // before another try at what must not be given up
	ossified     = 129600 // 36 hours: more than qmail-queue ever takes
)

// loop is qmail-send at work. One goroutine, that of run, owns all of it; the
// others do what may take its time and post what came of it.
//
// What a message waits for is known by where it stands: in the schedule of a
// channel that it has recipients for, in done when it may have none left, in
// failed when nobody could tell, in todo, or in the hands of a job.
type loop struct {
	conf  *config
	rules *send.Rules
	queue *queue.Queue
	home  string
	log   *logger
	now   func() time.Time

	events chan func()
	quit   chan struct{} // closed when run returns

	recent  int64 // the time of this turn, in seconds since 1970
	exiting bool  // finish what is running, start nothing

	channels [send.Channels]*channel
	failed   schedule // could not be looked at
	done     schedule // may have no recipient left
	jobs     int      // passes and their deliveries, at most maxJobs
	maxJobs  int
	started  uint64 // deliveries, ever

	boot    boot
	todo    todo
	bounces bounces
	clean   cleaner
	cleanup cleanup
	parked  []*parked

	straights map[queue.ID]*straight // on their way
	overdue   schedule               // when to look after them

	info *send.Records // to read info files with

	inject func(bounceJob) bounceResult
}

const eventBuffer = 64

func newLoop(conf *config, q *queue.Queue, log *logger, now func() time.Time) *loop {
	l := &loop{
		conf: conf, rules: conf.rules, queue: q, log: log, now: now,
		events: make(chan func(), eventBuffer), quit: make(chan struct{}),
		info: send.NewRecords(nil), recent: now().Unix(),
	}
	for c := range send.Channels {
		l.channels[c] = newChannel(c, conf.limit[c], conf.wide[c])
		l.maxJobs += conf.limit[c]
	}
	l.limitDomains(conf.domainLimits)
	l.straights = make(map[queue.ID]*straight)
	l.todo.inFlight = make(map[queue.ID]struct{})
	l.clean.busy = make(map[queue.ID]struct{})
	return l
}

// post has the loop call do. It is false when the loop has ended.
func (l *loop) post(do func()) bool {
	select {
	case l.events <- do:
		return true
	case <-l.quit:
		return false
	}
}

// run works until it is told to exit and nothing is under way any more.
func (l *loop) run() {
	defer close(l.quit)
	l.status()
	l.log.flush()
	l.startUp()
	for !l.exiting || !l.idle() {
		l.await()
		l.turn()
		l.log.flush()
		for _, ch := range l.channels {
			ch.send(l)
		}
	}
	l.saveSchedule()
	l.log.put(send.LogExiting)
	l.log.flush()
}

// turn does what is due: of each kind one thing, so that none holds up the
// others.
func (l *loop) turn() {
	l.recent = l.now().Unix()
	l.todoTurn()
	l.passTurn()
	if e, ok := l.failed.next(); ok && e.due <= l.recent {
		l.failed.pop()
		l.place(e.id)
	}
	if e, ok := l.done.next(); ok && e.due <= l.recent {
		l.done.pop()
		l.finish(e.id)
	}
	l.straightTurn()
	l.cleanupTurn()
	l.unparkTurn()
}

// await takes the events that there are. If there is nothing else to do it
// waits for one, or for the time at which something is due.
func (l *loop) await() {
	l.recent = l.now().Unix()
	if wake := l.wake(); wake > l.recent {
		timer := time.NewTimer(time.Unix(wake, 0).Sub(l.now()))
		select {
		case do := <-l.events:
			l.recent = l.now().Unix()
			do()
		case <-timer.C:
		}
		timer.Stop()
	}
	for range eventBuffer {
		select {
		case do := <-l.events:
			do()
		default:
			return
		}
	}
}

// wake returns the time at which there is something to do.
func (l *loop) wake() int64 {
	wake := l.recent + sleepForever
	at := func(s schedule) {
		if e, ok := s.next(); ok {
			wake = min(wake, e.due)
		}
	}
	if len(l.parked) > 0 {
		wake = min(wake, l.parked[0].due)
	}
	at(l.overdue)
	if l.exiting {
		return wake
	}
	for _, ch := range l.channels {
		switch {
		case ch.domains.wants() && ch.available():
			return l.recent
		case ch.pass == nil && l.jobs < l.maxJobs:
			if !ch.domains.crowded() {
				at(ch.waiting)
			}
			if ch.domains != nil {
				at(ch.domains.retries)
			}
		case ch.pass != nil && ch.available():
			return l.recent
		}
	}
	at(l.failed)
	at(l.done)
	return min(wake, l.todoWake(), l.cleanupWake())
}

// idle tells whether all that was begun has ended. What a spawner or
// qmail-clean that is gone was asked for never will.
func (l *loop) idle() bool {
	for _, ch := range l.channels {
		if ch.alive && ch.used > 0 {
			return false
		}
	}
	return len(l.todo.inFlight) == 0 && l.bounces.running == 0 && len(l.clean.waiting) == 0
}

func (l *loop) status() {
	var load [send.Channels]send.Load
	for c, ch := range l.channels {
		load[c] = send.Load{Used: ch.used, Limit: len(ch.slots)}
	}
	l.log.put(send.LogStatus(load, l.exiting))
}
