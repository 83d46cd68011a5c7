package main

import (
	"os"
	"syscall"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/spawn"
)

// defaultDelivery is where mail goes that no dot-qmail file is for.
const defaultDelivery = "./Mailbox"

// fds is how many descriptors qmail-send is started with. Its helpers have
// the first two of these numbers open and no other.
const fds = 7

// Run is the program. It returns only on failure, and has no descriptor for
// words from the moment on that the first child runs: where C's says nothing,
// so does this.
func Run(p *cmd.Proc) error {
	if os.Chdir("/") != nil {
		return cmd.Silent(cmd.ExitTemporary)
	}
	syscall.Umask(0o077)
	users, err := findUsers(p.Home)
	if err != nil {
		return cmd.Say(cmd.ExitTemporary, "fatal: "+err.Error())
	}
	if users.enterGroup() != nil {
		return cmd.Silent(cmd.ExitTemporary)
	}
	words := p.Args
	delivery := defaultDelivery
	if len(words) > 0 {
		delivery, words = words[0], words[1:]
	}
	s := &starter{p: p}
	log := p.Stdout
	if len(words) > 0 {
		log = s.logger(users.log, words)
	}
	toLocal, fromLocal := s.helper(users.local, "qmail-lspawn", delivery)
	toRemote, fromRemote := s.helper(users.remote, "qmail-rspawn")
	toClean, fromClean := s.helper(users.clean, "qmail-clean")
	if s.err == nil {
		s.err = users.become()
	}
	if s.err == nil {
		world := *p
		world.Setenv(spawn.Variable, "1")
		s.err = child.ExecWith(&world, []string{"qmail-send"}, log, toLocal, fromLocal, toRemote, fromRemote, toClean, fromClean)
	}
	return &cmd.Exit{Code: cmd.ExitTemporary, Err: s.err}
}

// starter starts the others. After an error it does nothing.
type starter struct {
	p   *cmd.Proc
	err error
}

// logger starts the program that words name and returns the pipe that is its
// input. Its output is this program's.
func (s *starter) logger(user *syscall.Credential, words []string) (log *os.File) {
	r, w := s.pipe()
	s.start(user, words, r, s.p.Stdout)
	return w
}

// helper starts a program and returns the pipes to its input and from its
// output.
func (s *starter) helper(user *syscall.Credential, argv ...string) (to, from *os.File) {
	requests, to := s.pipe()
	from, answers := s.pipe()
	s.start(user, argv, requests, answers)
	return to, from
}

// start starts a program with in and out, and closes in; out too, unless it
// is this program's own. A program that cannot be run is not noticed here: it
// leaves closed pipes behind, of which qmail-send complains in the log.
func (s *starter) start(user *syscall.Credential, argv []string, in, out *os.File) {
	if s.err != nil {
		return
	}
	files := make([]*os.File, fds) // nil is closed
	files[0], files[1] = in, out
	if _, err := child.StartAs(s.p, user, argv, files...); child.NoProcess(err) {
		s.err = err
	}
	in.Close()
	if out != s.p.Stdout {
		out.Close()
	}
}

// pipe makes a pipe that blocks, and that the runtime's poller knows nothing
// of: the descriptors of qmail-send are going to take the poller's place.
func (s *starter) pipe() (r, w *os.File) {
	if s.err != nil {
		return nil, nil
	}
	var p [2]int
	if s.err = syscall.Pipe(p[:]); s.err != nil {
		return nil, nil
	}
	for _, fd := range p {
		syscall.CloseOnExec(fd)
	}
	return os.NewFile(uintptr(p[0]), "pipe"), os.NewFile(uintptr(p[1]), "pipe")
}
