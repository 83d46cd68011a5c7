package main

import (
	"errors"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/tai64"
	"qmailkit/svc"
)

// task is one of the two that may have to be kept running: the service or its
// logger.
type task struct {
	status   svc.Status
	pid      int    // 0 when it is down
	script   string // what runs, or ran last
	leads    bool   // a process group of its own
	starting bool   // it is to be started as soon as resting is over
	asked    bool   // somebody asked for that start
	ending   bool   // its script "stop" is to be run then
	first    bool   // it is to begin with its script "start"
	begun    bool   // it has run, and "stop" has not since

	resting <-chan time.Time // nil when a start is allowed
}

// over tells whether it does nothing, nor is about to.
func (t *task) over() bool { return t.pid == 0 && !t.starting && !t.ending }

// proceed starts what is to run next, if it may.
func (s *service) proceed(t *task) {
	if t.pid != 0 || t.resting != nil || t.over() {
		return
	}
	if script := s.next(t); script != "" {
		s.start(t, script)
	}
}

// start starts a script or sees to it that it is tried again.
func (s *service) start(t *task, script string) {
	stdin, stdout := s.p.Stdin, s.p.Stdout
	if t == &s.log {
		stdin = s.read
	} else if s.write != nil {
		stdout = s.write
	}
	t.leads = s.setsid()
	pid, err := s.fork([]string{"./" + script}, stdin, stdout, t.leads)
	pause := rest
	switch {
	case err == nil:
		t.pid, t.script = pid, script
		t.starting, t.asked, t.ending, t.status.Paused = false, false, false, false
		t.begun = t.begun || script == "run"
		s.enter(t)
		s.changed(t)
		s.notify(t, "start", pid, 0)
	case child.NoProcess(err), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		s.say("warning: unable to fork for "+s.name+", sleeping 60 seconds", err)
		t.starting = t.starting && (t.asked || !s.exit)
		pause = longRest
	default:
		s.say("fatal: unable to start "+s.name+"/"+script, err)
		t.asked, t.ending = false, false
		t.starting = t.starting && t.status.Want == svc.WantUp && !s.exit
	}
	t.resting = time.After(pause)
}

// fork starts a program in the service's folder. The process that it becomes
// has to be waited for.
func (s *service) fork(argv []string, stdin, stdout *os.File, setsid bool) (pid int, err error) {
	return syscall.ForkExec(argv[0], argv, &syscall.ProcAttr{
		Dir: s.files.dir.Path(), Env: s.p.Env,
		Files: []uintptr{stdin.Fd(), stdout.Fd(), s.p.Stderr.Fd()},
		Sys:   &syscall.SysProcAttr{Setsid: setsid},
	})
}

// ended takes note of the end of a task's process.
func (s *service) ended(t *task, how syscall.WaitStatus) {
	pid := t.pid
	t.pid, t.status.Paused = 0, false
	s.settle(t, how)
	s.changed(t)
	if how.Signaled() {
		s.notify(t, "killed", pid, int(how.Signal()))
	} else {
		s.notify(t, "exit", pid, how.ExitStatus())
	}
}

// changed tells that the task is now a process, or down.
func (s *service) changed(t *task) {
	t.status.Pid, t.status.Since = uint32(t.pid), tai64.Pack(s.p.Now())
	s.announce()
}

// signal fails only for a process that has just ended.
func (s *service) signal(t *task, sig syscall.Signal) {
	switch {
	case t.pid == 0:
	case s.group && t.leads:
		syscall.Kill(-t.pid, sig)
	default:
		syscall.Kill(t.pid, sig)
	}
}
