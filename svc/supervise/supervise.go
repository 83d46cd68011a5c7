package main

import (
	"errors"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/sys"
	"qmailkit/internal/tai64"
	"qmailkit/svc"
)

const usage = "supervise dir"

// How long supervise waits after a start before the next one, after a failure
// of the system to give it a process, and before it tries again to write the
// status file.
const (
	rest       = time.Second
	longRest   = time.Minute
	writeAgain = 5 * time.Second
)

// Run keeps the service running until it is told to exit and the service is
// down.
func Run(p *cmd.Proc) error {
	if len(p.Args) != 1 {
		return p.Usage(usage)
	}
	sys.CatchPipe() // a lost standard error is no reason to leave the service alone
	f, up, err := open(p, p.Args[0])
	defer f.close()
	if err != nil {
		return err
	}
	s := &service{p: p, name: p.Args[0], files: f, ended: make(chan struct{}, 1), starting: up}
	if s.status.Want = svc.WantDown; up {
		s.status.Want = svc.WantUp
	}
	s.changed(0)
	// Whoever finds the fifo ok finds a status file too.
	if err := f.openOk(p, s.name); err != nil {
		return err
	}
	commands, done := make(chan byte), make(chan struct{})
	defer close(done)
	go f.listen(commands, done)
	s.run(commands)
	return nil
}

// service is what is supervised.
type service struct {
	p      *cmd.Proc
	name   string // as it was given
	files  *files
	status svc.Status

	proc     *os.Process // nil when it is down
	ended    chan struct{}
	starting bool // it is to be started as soon as resting is over
	asked    bool // somebody asked for that start
	exit     bool // supervise ends as soon as the service is down

	resting <-chan time.Time // nil when a start is allowed
	unsaid  <-chan time.Time // not nil when the status file is old
}

func (s *service) run(commands <-chan byte) {
	for {
		if s.proc == nil {
			if s.starting && s.resting == nil {
				s.start()
			}
			if s.proc == nil && !s.starting && s.exit {
				return
			}
		}
		select {
		case <-s.resting:
			s.resting = nil
		case <-s.unsaid:
			s.announce()
		case <-s.ended:
			s.proc = nil
			s.changed(0)
			s.starting = s.status.Want == svc.WantUp && !s.exit
		case c := <-commands:
			s.obey(c)
		}
	}
}

// start starts the service or sees to it that it is tried again.
func (s *service) start() {
	s.starting = false
	pause := rest
	proc, err := os.StartProcess("./run", []string{"./run"}, &os.ProcAttr{
		Dir: s.files.dir.Path(), Env: s.p.Env, Files: []*os.File{s.p.Stdin, s.p.Stdout, s.p.Stderr},
	})
	switch {
	case err == nil:
		s.proc, s.asked, s.status.Paused = proc, false, false
		s.changed(uint32(proc.Pid))
		go func() {
			proc.Wait()
			s.ended <- struct{}{}
		}()
	case child.NoProcess(err), errors.Is(err, syscall.EMFILE), errors.Is(err, syscall.ENFILE):
		s.say("warning: unable to fork for "+s.name+", sleeping 60 seconds", err)
		s.starting, pause = !s.exit, longRest
	default:
		s.say("fatal: unable to start "+s.name+"/run", err)
		s.asked = false
		s.starting = s.status.Want == svc.WantUp && !s.exit
	}
	s.resting = time.After(pause)
}

var signals = [...]syscall.Signal{
	'a': syscall.SIGALRM, 'h': syscall.SIGHUP, 'i': syscall.SIGINT, 'k': syscall.SIGKILL, 't': syscall.SIGTERM,
}

// obey does what a letter of svc says.
func (s *service) obey(c byte) {
	switch c {
	case 'u':
		s.status.Want = svc.WantUp
		s.ask()
	case 'o':
		s.status.Want = svc.WantOnce
		s.ask()
	case 'd':
		s.status.Want = svc.WantDown
		s.starting, s.asked = false, false
		if s.proc != nil {
			s.status.Paused = false
		}
		s.signal(syscall.SIGTERM)
		s.signal(syscall.SIGCONT)
	case 'p':
		s.status.Paused = true
		s.signal(syscall.SIGSTOP)
	case 'c':
		s.status.Paused = false
		s.signal(syscall.SIGCONT)
	case 'x':
		s.exit = true
		s.starting = s.starting && s.asked
	default:
		if int(c) < len(signals) && signals[c] != 0 {
			s.signal(signals[c])
		}
		return
	}
	s.announce()
}

// ask has the service started if it is down.
func (s *service) ask() {
	if s.proc == nil {
		s.starting, s.asked = true, true
	}
}

// signal fails only for a process that has just ended.
func (s *service) signal(sig syscall.Signal) {
	if s.proc != nil {
		s.proc.Signal(sig)
	}
}

// changed tells that the service is now the process pid, or down.
func (s *service) changed(pid uint32) {
	s.status.Pid, s.status.Since = pid, tai64.Pack(s.p.Now())
	s.announce()
}

// announce writes the status file, sooner or later.
func (s *service) announce() {
	s.unsaid = nil
	if what, err := s.files.write(s.status); err != nil {
		s.say("warning: unable to "+what+" "+s.name+"/"+statusNew, err)
		s.unsaid = time.After(writeAgain)
	}
}

func (s *service) say(what string, err error) {
	s.p.Stderr.WriteString(s.p.Name + ": " + what + ": " + errstr.Text(err) + "\n")
}
