// Package listen is what servers of the UCSPI family have in common: they take
// connections up to a limit, know who is at the other end, decide by rules and
// limits, and start a program for each connection that tells it all that in
// its environment (tcp-environ(5)).
//
// A process has one Pool: it waits for every child of the process.
package listen

import (
	"strconv"
	"sync"
	"syscall"
)

// Pool counts connections and the programs that serve them, and says so in
// lines that begin with the server's name.
type Pool struct {
	name  string
	limit int
	say   func(lines string)

	mu       sync.Mutex
	changed  *sync.Cond // used, running or stopped has changed
	used     int
	running  map[int]func()             // what is to be done when a process has ended; nil for one that waits for a connection
	starting int                        // processes that may end before they stand in running
	early    map[int]syscall.WaitStatus // those that have
	stop     chan struct{}              // closed by Stop
	stopped  bool
}

// NewPool returns a pool of at most limit connections. Its lines, one or more
// at a time, go to say; nil says nothing.
func NewPool(name string, limit int, say func(lines string)) *Pool {
	if say == nil {
		say = func(string) {}
	}
	p := &Pool{name: name, limit: limit, say: say, running: map[int]func(){}, early: map[int]syscall.WaitStatus{}, stop: make(chan struct{})}
	p.changed = sync.NewCond(&p.mu)
	p.say(p.status())
	go p.reap()
	return p
}

func (p *Pool) status() string {
	return p.name + ": status: " + strconv.Itoa(p.used) + "/" + strconv.Itoa(p.limit) + "\n"
}

// Wait waits until there is room for a connection. It returns false once the
// pool has been stopped.
func (p *Pool) Wait() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.used >= p.limit && !p.stopped {
		p.changed.Wait()
	}
	return !p.stopped
}

// Take counts a connection, which stays until Drop or the end of the program
// that Start started for it. Where another listener was faster it waits for
// room once more; it returns false once the pool has been stopped.
func (p *Pool) Take() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.used >= p.limit && !p.stopped {
		p.changed.Wait()
	}
	if p.used >= p.limit {
		return false
	}
	p.used++
	p.say(p.status())
	return true
}

// Say says lines, not in the middle of others.
func (p *Pool) Say(lines string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.say(lines)
}

// Stop makes Wait return false.
func (p *Pool) Stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.stopped {
		p.stopped = true
		close(p.stop)
	}
	p.changed.Broadcast()
}

// Start runs spawn, which starts the program of a connection. The lines that
// started makes are said before those of the program's end; then ended is
// called. After an error of spawn the connection is still counted.
func (p *Pool) Start(spawn func() (pid int, err error), started func(pid int) string, ended func()) error {
	p.mu.Lock()
	p.starting++
	p.mu.Unlock()
	pid, err := spawn()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.starting--
	if err == nil {
		p.say(started(pid))
		if status, is := p.early[pid]; is {
			p.end(pid, status, ended)
		} else {
			p.running[pid] = ended
			p.changed.Broadcast()
		}
	}
	if p.starting == 0 {
		clear(p.early)
	}
	return err
}

// Again says lines and counts a connection for process pid, which Start
// started and which has served one before, if send hands it over; ended is as of
// Start. It is false when the process has ended or send has failed.
func (p *Pool) Again(pid int, send func() error, lines string, ended func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if serving, alive := p.running[pid]; !alive || serving != nil || send() != nil {
		return false
	}
	p.say(lines)
	p.running[pid] = ended
	return true
}

// Served ends the connection of process pid, which waits for another one, with
// the exit code that it tells, and calls free before that is said. It is false
// when the process has ended.
func (p *Pool) Served(pid, code int, free func()) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	ended := p.running[pid]
	if ended == nil {
		return false
	}
	p.running[pid] = nil
	free()
	p.end(pid, syscall.WaitStatus(code<<8), ended)
	return true
}

// Drop ends a connection that has no program, as if process pid had ended with
// status, after saying lines. Nothing is said of a process 0.
func (p *Pool) Drop(lines string, pid int, status syscall.WaitStatus) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.say(lines)
	p.end(pid, status, func() {})
}

func (p *Pool) end(pid int, status syscall.WaitStatus, ended func()) {
	ended()
	p.used--
	lines := p.status()
	if pid != 0 {
		lines = p.name + ": end " + strconv.Itoa(pid) + " status " + strconv.Itoa(int(status)) + "\n" + lines
	}
	p.say(lines)
	p.changed.Broadcast()
}

// reap waits for children. One that nobody here has started counts for nothing.
func (p *Pool) reap() {
	for {
		p.mu.Lock()
		for len(p.running) == 0 && p.starting == 0 {
			p.changed.Wait()
		}
		p.mu.Unlock()
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &status, 0, nil)
		p.mu.Lock()
		switch ended, ours := p.running[pid]; {
		case err != nil:
			if p.starting > 0 && len(p.running) == 0 {
				p.changed.Wait() // for what is being started
			}
		case ours:
			delete(p.running, pid)
			if ended != nil {
				p.end(pid, status, ended)
			}
		case p.starting > 0:
			p.early[pid] = status
		}
		p.mu.Unlock()
	}
}
