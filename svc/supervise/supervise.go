package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/small"
	"qmailkit/internal/sys"
	"qmailkit/internal/tai64"
	"qmailkit/svc"
)

const usage = "supervise dir"

// How long supervise waits after a start before the next one, after a failure
// of the system to give it a process, before it tries again to write the
// status file, and for a logger to come to the end of its input.
const (
	rest       = time.Second
	longRest   = time.Minute
	writeAgain = 5 * time.Second
	drainTime  = 5 * time.Second
)

// Run keeps the service running until it is told to exit and the service is
// down.
func Run(p *cmd.Proc) error {
	if len(p.Args) != 1 {
		return p.Usage(usage)
	}
	sys.CatchPipe() // a lost standard error is no reason to leave the service alone
	small.Keep(2)
	f, up, err := open(p, p.Args[0])
	defer f.close()
	if err != nil {
		return err
	}
	s := newService(p, p.Args[0], f)
	defer s.close()
	if err := s.addLogger(); err != nil {
		return err
	}
	for _, t := range s.tasks() {
		if t.status.Want = svc.WantDown; up {
			t.status.Want, t.starting = svc.WantUp, true
		}
		t.status.Since = tai64.Pack(p.Now())
	}
	s.announce()
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
	p     *cmd.Proc
	name  string // as it was given
	files *files

	main task
	log  task // its own logger, if there is one
	// The pipe from the one to the other; nil where there is no logger, and
	// write when there is no more to come.
	read, write *os.File
	others      []int // processes that nobody waits for but to bury them

	target *task // whom letters are for
	group  bool  // signals are for its whole process group
	staged bool  // it has scripts of its own: see stages.go
	exit   bool  // supervise ends as soon as the service is down

	children chan os.Signal   // one of them may have ended
	told     chan os.Signal   // what this process is told by signals, once staged
	unsaid   <-chan time.Time // not nil when the status file is old
	drained  <-chan time.Time // not nil when the logger is about to end
}

func newService(p *cmd.Proc, name string, f *files) *service {
	s := &service{p: p, name: name, files: f, children: make(chan os.Signal, 1), told: make(chan os.Signal, 4)}
	s.main.first = true
	s.target = &s.main
	signal.Notify(s.children, syscall.SIGCHLD)
	return s
}

func (s *service) close() {
	signal.Stop(s.children)
	signal.Stop(s.told)
	s.read.Close()
	s.write.Close()
}

// tasks returns what is to be kept running, the logger first.
func (s *service) tasks() []*task {
	if s.read == nil {
		return []*task{&s.main}
	}
	return []*task{&s.log, &s.main}
}

func (s *service) run(commands <-chan byte) {
	for {
		for _, t := range s.tasks() {
			s.proceed(t)
		}
		if s.exit && s.main.over() && s.drain() {
			return
		}
		select {
		case <-s.main.resting:
			s.main.resting = nil
		case <-s.log.resting:
			s.log.resting = nil
		case <-s.unsaid:
			s.announce()
		case <-s.drained:
			s.signal(&s.log, syscall.SIGTERM)
			s.signal(&s.log, syscall.SIGCONT)
		case <-s.children:
			s.reap()
		case sig := <-s.told:
			s.heed(sig)
		case c := <-commands:
			s.obey(c)
		}
	}
}

// drain lets the logger come to the end of what the service has said, and
// tells whether it has.
func (s *service) drain() bool {
	if s.log.starting = false; s.log.pid == 0 {
		return true
	}
	if s.write != nil {
		s.write.Close()
		s.write, s.drained = nil, time.After(drainTime)
	}
	return false
}

// reap looks for processes that have ended.
func (s *service) reap() {
	for _, t := range s.tasks() {
		if status, ended := wait(t.pid); ended {
			s.ended(t, status)
		}
	}
	kept := s.others[:0]
	for _, pid := range s.others {
		if _, ended := wait(pid); !ended {
			kept = append(kept, pid)
		}
	}
	s.others = kept
}

// wait tells whether a child has ended, and how.
func wait(pid int) (status syscall.WaitStatus, ended bool) {
	if pid == 0 {
		return 0, false
	}
	got, err := syscall.Wait4(pid, &status, syscall.WNOHANG, nil)
	return status, got == pid || err == syscall.ECHILD
}

// announce writes the status file, sooner or later.
func (s *service) announce() {
	s.unsaid = nil
	if what, err := s.files.write(s.status()); err != nil {
		s.say("warning: unable to "+what+" "+s.name+"/"+s.files.folder+statusNew, err)
		s.unsaid = time.After(writeAgain)
	}
}

// status returns the status file.
func (s *service) status() []byte {
	if !s.staged {
		b := s.main.status.Pack()
		return b[:]
	}
	b := s.main.status.PackStaged()
	if s.read == nil {
		return b[:]
	}
	l := s.log.status.PackStaged()
	return append(b[:], l[:]...)
}

func (s *service) say(what string, err error) {
	s.p.Stderr.WriteString(s.p.Name + ": " + what + ": " + errstr.Text(err) + "\n")
}
