package main

import (
	"syscall"
	"time"

	"qmailkit/svc"
)

// How often one that is not listening is told again, and how long a logger may
// take to come to the end of its input.
const (
	again     = time.Second
	drainTime = 5 * time.Second
)

// stop has each service stopped, after it its logger, and last the one that
// logs the others. It returns when no supervise is left.
func (s *scanner) stop() {
	s.until(func() (over bool) {
		over = true
		for _, x := range s.services {
			over = s.stopOne(x) && over
		}
		return over
	})
	if l := s.logger; l != nil {
		s.p.Stderr.Close()
		s.p.Stdout, s.p.Stderr = l.stdout, l.stderr
		s.until(func() bool { return s.drain(&l.main, l.name) })
	}
	if s.first {
		s.stopRest()
	}
}

// until calls done whenever a child may have ended, and every second.
func (s *scanner) until(done func() bool) {
	for {
		s.reap()
		if done() {
			return
		}
		select {
		case <-s.children:
		case <-time.After(again):
		}
	}
}

// stopOne does the next thing to stop a service, and tells whether there is
// nothing more to do.
func (s *scanner) stopOne(x *service) (over bool) {
	if x.main.running() {
		s.tell(&x.main, x.name, "dx")
		return false
	}
	if x.write != nil {
		x.write.Close()
		x.write = nil
	}
	return s.drain(&x.log, x.name+"/log")
}

// drain lets a logger whose input has an end come to it, and tells whether it
// has ended. Something that its service left behind may hold the pipe open.
func (s *scanner) drain(x *supervised, name string) (over bool) {
	if !x.running() {
		return true
	}
	s.tell(x, name, "x")
	if !x.told.IsZero() && s.p.Now().Sub(x.told) >= drainTime {
		x.told = time.Time{}
		s.tell(x, name, "dx")
	}
	return false
}

// tell has svc's letters obeyed by a supervise, unless that has been told. One
// that cannot be found any more gets TERM.
func (s *scanner) tell(x *supervised, name, letters string) {
	if !x.told.IsZero() {
		return
	}
	service, folder, err := svc.Find(s.p, s.folder+name)
	if err != nil {
		syscall.Kill(x.pid, syscall.SIGTERM)
	} else if _, err = svc.Tell(svc.Join(service, folder)+svc.Control, letters); err != nil {
		return // it has only just been started
	}
	x.told = s.p.Now()
}

// stopRest ends what else there is before the system's first process does.
func (s *scanner) stopRest() {
	syscall.Kill(-1, syscall.SIGTERM)
	syscall.Kill(-1, syscall.SIGCONT)
	end := time.After(drainTime)
	for {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		switch {
		case err == syscall.ECHILD:
			return
		case pid > 0 || err != nil:
			continue
		}
		select {
		case <-s.children:
		case <-end:
			return
		}
	}
}
