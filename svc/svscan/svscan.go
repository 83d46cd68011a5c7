package main

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/plain"
	"qmailkit/internal/sys"
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
// that is named, and again whenever it has ended. It does not return.
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
	s := &scanner{p: p, folder: prefix}
	changed, stop := watch(prefix)
	defer stop()
	for {
		s.scan()
		wait(changed, period, settle)
	}
}

// scanner knows the services of a folder.
type scanner struct {
	p        *cmd.Proc
	folder   string // with a slash at its end
	services []*service
}

// id is what a folder is known by: it may have several names, and lose them.
type id struct{ dev, ino uint64 }

type service struct {
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

// scan looks at the folder once.
func (s *scanner) scan() {
	for _, x := range s.services {
		x.active = false
	}
	names, err := s.names()
	for _, name := range names {
		if name[0] != '.' {
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
	x.active = true
	stdout := s.p.Stdout
	if x.logs {
		stdout = x.write
	}
	s.start(&x.main, s.folder, name, name, s.p.Stdin, stdout)
	if x.logs {
		s.start(&x.log, path, "log", name+"/log", x.read, s.p.Stdout)
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
	_, err := os.Stat(path + "/log")
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
func (s *scanner) start(x *supervised, folder, word, title string, stdin, stdout *os.File) {
	now := s.p.Now()
	if age := now.Sub(x.started); x.running() || age >= 0 && age < pause {
		return
	}
	argv := []string{"supervise", word}
	attr := &os.ProcAttr{Dir: folder, Env: s.p.Env, Files: []*os.File{stdin, stdout, s.p.Stderr}}
	var proc *os.Process
	err := svc.Search(s.p, argv[0], func(path string) (err error) {
		proc, err = os.StartProcess(path, argv, attr)
		return err
	})
	x.started = now
	if err != nil {
		what := "unable to start supervise "
		if child.NoProcess(err) {
			what = "unable to fork for "
		}
		s.warn(what+title, err)
		return
	}
	x.pid = proc.Pid
	proc.Release()
}

func (s *scanner) warn(what string, err error) { s.say(what + ": " + errstr.Text(err)) }
func (s *scanner) say(text string)             { s.p.Stderr.WriteString(s.p.Name + ": warning: " + text + "\n") }
