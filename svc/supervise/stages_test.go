package main

import (
	"bufio"
	"os"
	"strconv"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/svc"
)

// staged is a supervise at work whose service's scripts say something, line
// by line.
type staged struct {
	t     *testing.T
	dir   string
	lines *bufio.Scanner
	code  chan int
	end   func(code int) clitest.Result
}

// supervised runs a service with scripts; "say" is a command of theirs.
func supervised(t *testing.T, scripts map[string]string, files map[string]string) *staged {
	t.Helper()
	p, finish := clitest.Proc(t, "supervise", clitest.World{Args: []string{"x"}})
	clitest.Files(t, p.Dir, files)
	fifo := p.Dir + "/said"
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { said.Close() })
	for name, body := range scripts {
		clitest.Script(t, p.Dir+"/x/"+name, "say() { echo \"$*\" >../said; }\n"+body)
	}
	s := &staged{t: t, dir: p.Dir, lines: bufio.NewScanner(said), code: make(chan int, 1), end: finish}
	go func() { s.code <- p.End(Run(p)) }()
	return s
}

// said fails the test unless the next lines are these, in this order.
func (s *staged) said(want ...string) {
	s.t.Helper()
	for _, line := range want {
		if s.lines.Scan(); s.lines.Text() != line {
			s.t.Fatalf("%q was said, not %q", s.lines.Text(), line)
		}
	}
}

func (s *staged) tell(letters string) {
	s.t.Helper()
	if _, err := svc.Tell(s.dir+"/x/supervise/control", letters); err != nil {
		s.t.Fatal(err)
	}
}

// status waits until the status file says what it has to.
func (s *staged) status(ready func(main svc.Status, log *svc.Status) bool) {
	s.t.Helper()
	for {
		main, log, _, err := svc.ReadStatus(s.dir + "/x/supervise/status")
		if err != nil {
			s.t.Fatal(err)
		}
		if ready(main, log) {
			return
		}
	}
}

func (s *staged) stage(want svc.Stage) {
	s.t.Helper()
	s.status(func(main svc.Status, _ *svc.Status) bool { return main.Stage == want })
}

// over waits for the end of supervise, which says nothing.
func (s *staged) over(stderr string) {
	s.t.Helper()
	if got := s.end(<-s.code); got.Code != 0 || got.Stderr != stderr {
		s.t.Errorf("%+v", got)
	}
}

const stayer = "say up; exec sleep 60"

func TestStartRunStop(t *testing.T) {
	t.Parallel()
	s := supervised(t, map[string]string{
		"start": "say start", "run": stayer, "stop": "say stop", "notify": "[ $1 = stop ] && say $1 $2 $4",
	}, nil)
	s.said("start", "up")
	s.stage(svc.Running)
	s.tell("k")
	s.said("up") // without start
	s.tell("dx")
	lines := map[string]bool{}
	for range 3 { // of three processes
		s.lines.Scan()
		lines[s.lines.Text()] = true
	}
	if !lines["stop"] || !lines["stop start 0"] || !lines["stop exit 0"] {
		t.Errorf("%v", lines)
	}
	s.over("")
	s.stage(svc.Stopped)
}

// A service of start and stop alone is up without a process.
func TestWithoutRun(t *testing.T) {
	t.Parallel()
	s := supervised(t, map[string]string{"start": "say start", "stop": "say stop"}, nil)
	s.said("start")
	s.stage(svc.Started)
	s.tell("d")
	s.said("stop")
	s.stage(svc.Stopped)
	s.tell("u")
	s.said("start")
	s.stage(svc.Started)
	s.tell("x")
	s.said("stop")
	s.over("")
}

func TestFailed(t *testing.T) {
	t.Parallel()
	s := supervised(t, map[string]string{"start": "say start; exit 1", "run": stayer, "stop": "say stop"}, nil)
	s.said("start")
	s.stage(svc.Failed)
	clitest.Script(t, s.dir+"/x/start.new", "exit 0")
	os.Rename(s.dir+"/x/start.new", s.dir+"/x/start")
	s.tell("u")
	s.said("up")
	clitest.Script(t, s.dir+"/x/run.new", "exit 100")
	os.Rename(s.dir+"/x/run.new", s.dir+"/x/run")
	s.tell("k")
	s.stage(svc.Failed)
	s.tell("x")
	s.over("")
}

// The logger has all that the service has said before it ends.
func TestLogger(t *testing.T) {
	t.Parallel()
	s := supervised(t, map[string]string{
		"run": "trap 'echo bye; exit' TERM; echo hello; while :; do sleep 0.01; done", "log": "while read line; do say $line; done; say end",
	}, nil)
	s.said("hello")
	s.status(func(main svc.Status, log *svc.Status) bool { return log != nil && log.Up() && main.Up() })
	s.tell("Ltl")
	s.status(func(_ svc.Status, log *svc.Status) bool { return log.Pid == 0 })
	s.status(func(_ svc.Status, log *svc.Status) bool { return log.Pid != 0 })
	s.tell("dx")
	s.said("bye", "end")
	s.over("")
}

// Signals go to all of the service's processes if they are to, and not where
// it has no group of its own.
func TestGroup(t *testing.T) {
	t.Parallel()
	const body = "exec 2>/dev/null; sh -c 'trap \"echo inner >../said; exit\" HUP; echo up >../said; while :; do sleep 0.01; done' & trap : HUP; wait; wait"
	s := supervised(t, map[string]string{"run": body, "notify": "exit 0"}, nil)
	s.said("up")
	s.tell("+h=l")
	s.said("inner")
	s.tell("dx")
	s.over("")
	s = supervised(t, map[string]string{"run": "say $(ps -o pgid= -p $$ | tr -d ' ')\n" + stayer}, map[string]string{"x/no-setsid": ""})
	s.lines.Scan()
	if own := syscall.Getpgrp(); s.lines.Text() != strconv.Itoa(own) {
		t.Errorf("its group is %s, not %d", s.lines.Text(), own)
	}
	s.said("up")
	s.stage(svc.Running)
	s.tell("+tl=dx")
	s.over("")
}

// A plain service is plain: 18 bytes, and exit code 100 like any other.
func TestPlain(t *testing.T) {
	t.Parallel()
	s := supervised(t, map[string]string{"run": "say run; exit 100"}, map[string]string{"x/start": "not executable", "x/log/": ""})
	s.said("run", "run")
	s.tell("dx")
	s.over("")
	if got := clitest.Read(t, s.dir+"/x/supervise/status"); len(got) != svc.StatusSize {
		t.Errorf("%d bytes", len(got))
	}
}

// TERM to a supervise with scripts is what "dx" is.
func TestHeed(t *testing.T) {
	s, _, _ := made(t, sleeper)
	s.staged = true
	s.start(&s.main, "run")
	s.target = &s.log
	s.heed(syscall.SIGTSTP)
	if !s.main.status.Paused {
		t.Error("not paused")
	}
	s.heed(syscall.SIGCONT)
	s.heed(syscall.SIGTERM)
	await(s)
	if !s.exit || s.main.status.Paused || s.main.status.Want != svc.WantDown || s.target != &s.log {
		t.Errorf("%+v", s.main)
	}
}
