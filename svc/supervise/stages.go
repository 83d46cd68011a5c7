package main

import (
	"errors"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/svc"
)

// The scripts, besides "run", of daemontools-encore's supervise, and the file
// that keeps a service in the session of its supervise. Where one of them is
// there, supervise does as that one; where none is, as that of daemontools.
const (
	startScript  = "start"
	stopScript   = "stop"
	notifyScript = "notify"
	logScript    = "log"
	noSetsid     = "no-setsid"
)

// giveUp is the exit code by which such a service says that it is not to be
// started again.
const giveUp = 100

// look finds out whether there are scripts. There is no way back.
func (s *service) look() {
	if s.staged {
		return
	}
	_, err := os.Stat(s.files.path(noSetsid))
	if err != nil && !s.executable(startScript) && !s.executable(stopScript) && !s.executable(notifyScript) && !s.executable(logScript) {
		return
	}
	s.staged = true
	signal.Notify(s.told, syscall.SIGTERM, syscall.SIGINT, syscall.SIGTSTP, syscall.SIGCONT)
}

func (s *service) executable(name string) bool {
	fi, err := os.Stat(s.files.path(name))
	return err == nil && fi.Mode().IsRegular() && fi.Mode()&0o100 != 0
}

func (s *service) setsid() bool {
	if !s.staged {
		return false
	}
	_, err := os.Stat(s.files.path(noSetsid))
	return errors.Is(err, syscall.ENOENT)
}

// addLogger makes the pipe to the script "log", where there is one. The error
// ends s.p's program.
func (s *service) addLogger() (err error) {
	if s.look(); !s.executable(logScript) {
		return nil
	}
	if s.read, s.write, err = os.Pipe(); err != nil {
		return s.p.FatalSys(cmd.ExitTemporary, "unable to create pipe for "+s.name, err)
	}
	return nil
}

// next returns the script of a task that is to run now; "" if it turns out
// that none is.
func (s *service) next(t *task) string {
	if t == &s.log {
		return logScript
	}
	s.look()
	switch {
	case t.ending && s.executable(stopScript):
		return stopScript
	case t.ending:
		t.stopped()
	case !s.staged:
		return "run"
	case t.first && s.executable(startScript):
		return startScript
	default:
		_, err := os.Stat(s.files.path("run"))
		if !errors.Is(err, syscall.ENOENT) {
			return "run"
		}
		// All that there is to do was done by "start".
		t.starting, t.asked = false, false
		t.status.Want, t.status.Stage = svc.WantOnce, svc.Started
		t.ending = s.exit && t.begun
	}
	s.announce()
	return ""
}

// stopped is the end of what "start" has begun.
func (t *task) stopped() {
	t.ending, t.begun, t.first = false, false, true
	t.status.Stage = svc.Stopped
}

// enter tells the stage of a task whose script has just been started.
func (s *service) enter(t *task) {
	switch t.script {
	case startScript:
		t.status.Stage = svc.Starting
	case stopScript:
		t.status.Stage = svc.Stopping
	default:
		t.status.Stage = svc.Running
	}
}

// settle decides what follows the end of a task's process.
func (s *service) settle(t *task, how syscall.WaitStatus) {
	again := t.status.Want == svc.WantUp && !s.exit
	failed := how.Signaled() || how.ExitStatus() != 0
	switch {
	case !s.staged:
		t.starting = again
	case t.script == startScript && failed, how.Exited() && how.ExitStatus() == giveUp:
		t.stopped()
		t.status.Want, t.status.Stage = svc.WantDown, svc.Failed
	case t == &s.log:
		if t.starting = t.status.Want == svc.WantUp && s.write != nil; !t.starting {
			t.status.Stage = svc.Stopped
		}
	case t.script == startScript:
		t.first, t.begun = false, true
		t.starting = t.status.Want != svc.WantDown
		t.asked, t.ending = t.starting, !t.starting
	case t.script == stopScript:
		t.stopped()
		t.starting = again
	case again:
		t.starting = true
	default:
		t.ending = true
	}
}

// notify tells the script of that name that one has been started or has
// ended, and does not wait for it.
func (s *service) notify(t *task, what string, pid, code int) {
	if !s.staged || !s.executable(notifyScript) {
		return
	}
	argv := []string{"./" + notifyScript, t.script, what, strconv.Itoa(pid), strconv.Itoa(code)}
	other, err := s.fork(argv, s.p.Stdin, s.p.Stdout, s.setsid())
	if err != nil {
		s.say("warning: unable to start "+s.name+"/"+notifyScript, err)
		return
	}
	s.others = append(s.others, other)
}
