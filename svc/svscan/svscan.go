package main

import (
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/plain"
	"qmailkit/internal/small"
	"qmailkit/internal/sys"
	"qmailkit/internal/watch"
	"qmailkit/svc"
)

// period is the time from one scan to the next, settle the time that a change
// of the folder gets to become complete before it is looked at. An ended
// supervise is not started again within pause of its start.
const (
	period = 5 * time.Second
	settle = time.Second
	pause  = period - settle
)

// most is how many services, without their loggers, run at a time.
const most = 1000

// Run starts a supervise for each folder in the working folder, or the one
// that is named, and again whenever it has ended. It does not return unless it
// is told to by a signal: see stop.go.
func Run(p *cmd.Proc) error {
	folder := "."
	if len(p.Args) > 0 {
		folder = p.Args[0]
	}
	prefix, err := svc.Service(p, folder)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+folder, err)
	}
	sys.CatchPipe()
	small.Keep(2)
	s := newScanner(p, prefix)
	defer signal.Stop(s.children)
	defer signal.Stop(s.told)
	if err := s.addLogger(); err != nil {
		return err
	}
	changed, stop := watch.Folder(prefix)
	defer stop()
	for {
		s.scan()
		if s.wait(changed) {
			s.stop()
			return nil
		}
	}
}

// wait returns after a period, or soon after something has changed. It tells
// whether svscan has been told to stop.
func (s *scanner) wait(changed <-chan struct{}) (told bool) {
	end := time.After(period)
	var settled <-chan time.Time
	for {
		select {
		case <-end:
			return false
		case <-settled:
			return false
		case <-s.told:
			return true
		case <-changed:
		case <-s.children:
			if !s.reap() {
				continue
			}
		}
		if settled == nil {
			settled = time.After(settle)
		}
	}
}

// scanner knows the services of a folder.
type scanner struct {
	p        *cmd.Proc // standard output and error are those of its services
	folder   string    // with a slash at its end
	services []*service
	logger   *logger // of all that the others say, or nil

	first    bool           // this is the system's first process
	children chan os.Signal // one of them may have ended
	told     chan os.Signal // to stop
}

func newScanner(p *cmd.Proc, folder string) *scanner {
	own := *p
	s := &scanner{p: &own, folder: folder, first: p.Pid == 1, children: make(chan os.Signal, 1), told: make(chan os.Signal, 1)}
	signal.Notify(s.children, syscall.SIGCHLD)
	if s.first || len(p.Args) > 1 {
		signal.Notify(s.told, syscall.SIGTERM, syscall.SIGINT)
	}
	return s
}

// id is what a folder is known by: it may have several names, and lose them.
type id struct{ dev, ino uint64 }

type service struct {
	name      string // that it was last seen by
	id        id
	active    bool // it was there at the last scan
	logs      bool // it has a logger
	main, log supervised
	read      *os.File // what the service says, for the logger
	write     *os.File
}

// supervised is a supervise that is started as often as it takes.
type supervised struct {
	pid     int // 0 when it is not running
	started time.Time
	told    time.Time // when it was told to exit
}

// running tells whether it has not ended yet. There may be too many of them
// for a thread each that waits.
func (x *supervised) running() bool {
	if x.pid != 0 {
		pid, err := syscall.Wait4(x.pid, nil, syscall.WNOHANG, nil)
		if pid == x.pid || err == syscall.ECHILD {
			x.pid = 0
		}
	}
	return x.pid != 0
}

// reap looks for processes that have ended, and tells whether a supervise was
// among them. The system's first process also buries what others have left.
func (s *scanner) reap() (lost bool) {
	for s.first {
		pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
		if err == syscall.EINTR {
			continue
		}
		if pid <= 0 {
			return lost
		}
		for _, x := range s.supervised() {
			if x.pid == pid {
				x.pid, lost = 0, true
			}
		}
	}
	for _, x := range s.supervised() {
		lost = x.pid != 0 && !x.running() || lost
	}
	return lost
}

// supervised lists all that may be running.
func (s *scanner) supervised() (all []*supervised) {
	for _, x := range s.services {
		all = append(all, &x.main, &x.log)
	}
	if s.logger != nil {
		all = append(all, &s.logger.main)
	}
	return all
}

// scan looks at the folder once.
func (s *scanner) scan() {
	if l := s.logger; l != nil {
		s.start(&l.main, s.folder, l.name, l.name, l.read, l.stdout, l.stderr)
	}
	for _, x := range s.services {
		x.active = false
	}
	names, err := s.names()
	for _, name := range names {
		if name[0] != '.' && (s.logger == nil || name != s.logger.name) {
			s.see(name)
		}
	}
	if err != nil {
		s.warn("unable to read directory", err)
		return
	}
	kept := s.services[:0]
	for _, x := range s.services {
		if x.active || x.main.running() || x.log.running() {
			kept = append(kept, x)
			continue
		}
		x.read.Close()
		x.write.Close()
	}
	clear(s.services[len(kept):])
	s.services = kept
}

func (s *scanner) names() ([]string, error) {
	dir, err := plain.Open(s.folder)
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	return dir.Readdirnames(-1)
}

// see has the service called name run, if it is one.
func (s *scanner) see(name string) {
	path := s.folder + name
	fi, err := os.Stat(path)
	if err != nil {
		s.warn("unable to stat "+name, err)
		return
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok || !fi.IsDir() {
		return
	}
	x := s.find(id{uint64(st.Dev), st.Ino})
	if x == nil {
		if x = s.add(name, path); x == nil {
			return
		}
		x.id = id{uint64(st.Dev), st.Ino}
		s.services = append(s.services, x)
	}
	x.active, x.name = true, name
	stdout := s.p.Stdout
	if x.logs {
		stdout = x.write
	}
	s.start(&x.main, s.folder, name, name, s.p.Stdin, stdout, s.p.Stderr)
	if x.logs {
		s.start(&x.log, path, "log", name+"/log", x.read, s.p.Stdout, s.p.Stderr)
	}
}

func (s *scanner) find(which id) *service {
	for _, x := range s.services {
		if x.id == which {
			return x
		}
	}
	return nil
}

// add makes a new service, or says why it cannot.
func (s *scanner) add(name, path string) *service {
	if len(s.services) >= most {
		s.say("unable to start " + name + ": running too many services")
		return nil
	}
	x := &service{}
	fi, err := os.Stat(path + "/log")
	if err == nil && fi.Mode().IsRegular() && fi.Mode()&0o100 != 0 {
		return x // supervise's own logger
	}
	if errors.Is(err, fs.ErrNotExist) {
		return x
	}
	if err != nil {
		s.warn("unable to stat "+name+"/log", err)
		return nil
	}
	x.logs = true
	if x.read, x.write, err = os.Pipe(); err != nil {
		s.warn("unable to create pipe for "+name, err)
		return nil
	}
	return x
}

// start starts "supervise WORD" in a folder, unless it runs or did so lately.
// Title is what the messages call it.
func (s *scanner) start(x *supervised, folder, word, title string, stdio ...*os.File) {
	now := s.p.Now()
	if age := now.Sub(x.started); x.running() || age >= 0 && age < pause {
		return
	}
	argv := []string{"supervise", word}
	attr := &syscall.ProcAttr{Dir: folder, Env: s.p.Env}
	for _, f := range stdio {
		attr.Files = append(attr.Files, f.Fd())
	}
	x.started = now
	err := svc.Search(s.p, argv[0], func(path string) (err error) {
		x.pid, err = syscall.ForkExec(path, argv, attr)
		return err
	})
	if err != nil {
		x.pid = 0
		what := "unable to start supervise "
		if child.NoProcess(err) {
			what = "unable to fork for "
		}
		s.warn(what+title, err)
	}
}

func (s *scanner) warn(what string, err error) { s.say(what + ": " + errstr.Text(err)) }

// say does not wait for a logger that is not there.
func (s *scanner) say(text string) {
	if s.logger == nil || sys.Writable(s.p.Stderr) {
		s.p.Stderr.WriteString(s.p.Name + ": warning: " + text + "\n")
	}
}
