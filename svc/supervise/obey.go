package main

import (
	"os"
	"syscall"
	"time"

	"qmailkit/svc"
)

var signals = [...]syscall.Signal{
	'a': syscall.SIGALRM, 'h': syscall.SIGHUP, 'i': syscall.SIGINT, 'k': syscall.SIGKILL, 't': syscall.SIGTERM,
	'q': syscall.SIGQUIT, '1': syscall.SIGUSR1, '2': syscall.SIGUSR2, 'w': syscall.SIGWINCH,
}

// obey does what a letter of svc says.
func (s *service) obey(c byte) {
	t := s.target
	switch c {
	case 'l':
		s.target = &s.main
		return
	case 'L':
		s.target = &s.log
		return
	case '+', '=':
		s.group = c == '+'
		return
	case 'u':
		t.status.Want = svc.WantUp
		s.ask(t)
	case 'o':
		t.status.Want = svc.WantOnce
		s.ask(t)
	case 'd':
		s.down(t)
	case 'p':
		t.status.Paused = t.pid != 0
		s.signal(t, syscall.SIGSTOP)
	case 'c':
		t.status.Paused = false
		s.signal(t, syscall.SIGCONT)
	case 'x':
		s.exit = true
		s.main.starting = s.main.starting && s.main.asked
		s.main.ending = s.main.ending || s.staged && s.main.begun && s.main.over()
	default:
		if int(c) < len(signals) && signals[c] != 0 {
			s.signal(t, signals[c])
		}
		return
	}
	s.announce()
}

// ask has a task started if it is down.
func (s *service) ask(t *task) {
	if t.pid != 0 || t == &s.log && s.read == nil {
		return
	}
	t.starting, t.asked, t.ending = true, true, false
	t.status.Stage = svc.Starting
	if t.resting != nil { // be it for a minute
		t.resting = time.After(rest)
	}
}

// down has a task stopped.
func (s *service) down(t *task) {
	t.status.Want = svc.WantDown
	t.starting, t.asked = false, false
	if t.pid == 0 {
		t.status.Stage = svc.Stopped
		t.ending = t.begun && s.staged
		return
	}
	t.status.Paused = false
	t.status.Stage = svc.Stopping
	s.signal(t, syscall.SIGTERM)
	s.signal(t, syscall.SIGCONT)
}

// heed does what a signal to supervise itself says.
func (s *service) heed(sig os.Signal) {
	target, group := s.target, s.group
	s.target, s.group = &s.main, false
	switch sig {
	case syscall.SIGTERM, syscall.SIGINT:
		s.obey('d')
		s.obey('x')
	case syscall.SIGTSTP:
		s.obey('p')
	case syscall.SIGCONT:
		s.obey('c')
	}
	s.target, s.group = target, group
}
