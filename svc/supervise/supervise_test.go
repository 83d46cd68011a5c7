package main

import (
	"bufio"
	"os"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/tai64"
	"qmailkit/svc"
)

const sleeper = "exec sleep 60"

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"f": "", "plain/supervise": "", "odd/supervise/control/": "", "taken/": ""})
	p, finish := clitest.Proc(t, "supervise", clitest.World{Dir: dir})
	f, _, err := open(p, "taken")
	defer f.close()
	if err != nil {
		t.Fatal(finish(p.End(err)))
	}
	for _, c := range []struct{ args, want string }{
		{"", "usage: supervise dir"},
		{"a b", "usage: supervise dir"},
		{"none", "fatal: unable to chdir to none: file does not exist"},
		{"f", "fatal: unable to chdir to f: not a directory"},
		{"plain", "fatal: unable to acquire plain/supervise/lock: not a directory"},
		{"odd", "fatal: unable to write odd/supervise/control: is a directory"},
		{"./taken/", "fatal: unable to acquire ./taken//supervise/lock: temporary failure"},
	} {
		code := 111
		if strings.HasPrefix(c.want, "usage") {
			code = 100
		}
		got := clitest.Run(t, "supervise", Run, clitest.World{Args: strings.Fields(c.args), Dir: dir})
		if got != (clitest.Result{Code: code, Stderr: "supervise: " + c.want + "\n"}) {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}

// made makes a service "x" that is up, and returns its status file's reader.
func made(t *testing.T, run string) (s *service, status func() svc.Status, stderr func() string) {
	t.Helper()
	p, finish := clitest.Proc(t, "supervise", clitest.World{Now: time.Unix(1_000_000_000, 0)})
	if clitest.Files(t, p.Dir, map[string]string{"x/": ""}); run != "" {
		clitest.Script(t, p.Dir+"/x/run", run)
	}
	f, up, err := open(p, "x")
	t.Cleanup(f.close)
	if err != nil || !up {
		t.Fatal(up, finish(p.End(err)))
	}
	s = newService(p, "x", f)
	s.main.status.Want = svc.WantUp
	t.Cleanup(func() {
		s.main.status.Want = svc.WantDown
		s.signal(&s.main, syscall.SIGKILL)
		await(s)
		s.close()
	})
	status = func() svc.Status {
		t.Helper()
		got, _, err := svc.ParseStatus([]byte(clitest.Read(t, p.Dir+"/x/supervise/status")))
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	return s, status, func() string { return clitest.Read(t, p.Stderr.Name()) }
}

// await returns when the service is down.
func await(s *service) {
	for s.main.pid != 0 {
		<-s.children
		s.reap()
	}
}

func TestCommands(t *testing.T) {
	s, status, stderr := made(t, sleeper)
	m := &s.main
	s.start(m, "run")
	want := svc.Status{Since: tai64.Pack(s.p.Now()), Pid: status().Pid, Want: 'u', Stage: svc.NoStage}
	if m.pid == 0 || status() != want || int(want.Pid) != m.pid || m.resting == nil {
		t.Fatalf("started: %+v", status())
	}
	for _, c := range []struct {
		letters  string
		paused   bool
		want     byte
		starting bool
	}{
		{"p", true, 'u', false}, {"c", false, 'u', false}, {"o", false, 0, false}, {"u", false, 'u', false},
		{"z\x00\xff", false, 'u', false}, {"p", true, 'u', false}, {"d", false, 'd', false},
	} {
		for _, letter := range []byte(c.letters) {
			s.obey(letter)
		}
		want.Paused, want.Want = c.paused, c.want
		if status() != want || m.starting != c.starting {
			t.Errorf("%q: %+v", c.letters, status())
		}
	}
	await(s) // of d: it has been continued, too
	for _, c := range []struct {
		letters  string
		starting bool
	}{{"o", true}, {"x", true}, {"d", false}, {"u", true}, {"td", false}, {"hxu", true}, {"Ldl=+", true}} {
		for _, letter := range []byte(c.letters) {
			s.obey(letter)
		}
		if m.starting != c.starting {
			t.Errorf("down, %s: starting is %v", c.letters, m.starting)
		}
	}
	m.asked = false // the start is now but a restart
	if s.obey('x'); m.starting {
		t.Error("it is started again before exit")
	}
	if stderr() != "" {
		t.Error(stderr())
	}
}

// The service says its process id whenever it is started, and which signal
// arrives.
func TestRun(t *testing.T) {
	t.Parallel()
	p, finish := clitest.Proc(t, "supervise", clitest.World{Args: []string{"x"}})
	clitest.Files(t, p.Dir, nil)
	if err := syscall.Mkfifo(p.Dir+"/said", 0o600); err != nil {
		t.Fatal(err)
	}
	clitest.Script(t, p.Dir+"/x/run", "exec > ../said\necho $$\ntrap 'echo hup; exit' HUP\nwhile :; do sleep 0.01; done")
	said, err := os.OpenFile(p.Dir+"/said", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer said.Close()
	lines := bufio.NewScanner(said)
	next := func() string {
		lines.Scan()
		return lines.Text()
	}
	code := make(chan int)
	go func() { code <- p.End(Run(p)) }()
	first := next()
	tell := func(letters string) {
		if _, err := svc.Tell(p.Dir+"/x/supervise/control", letters); err != nil {
			t.Fatal(err)
		}
	}
	// The shell may not have come to the trap: then HUP just ends it.
	tell("h")
	second := next()
	if second == "hup" {
		second = next()
	}
	if first == second {
		t.Errorf("the second process is the first, %s", first)
	}
	if pid, err := strconv.Atoi(second); err != nil || pid < 2 {
		t.Error(second)
	}
	tell("dx")
	if got := finish(<-code); got != (clitest.Result{}) {
		t.Errorf("%+v", got)
	}
	status, _, err := svc.ParseStatus([]byte(clitest.Read(t, p.Dir+"/x/supervise/status")))
	if err != nil || status.Pid != 0 || status.Want != 'd' {
		t.Errorf("%+v %v", status, err)
	}
	if _, err := svc.OpenFifo(p.Dir + "/x/supervise/ok"); err != syscall.ENXIO {
		t.Error(err)
	}
}

func TestDownFile(t *testing.T) {
	p, finish := clitest.Proc(t, "supervise", clitest.World{Args: []string{"x"}})
	clitest.Files(t, p.Dir, map[string]string{"x/down": ""})
	if err := os.Symlink("../elsewhere", p.Dir+"/x/supervise"); err != nil {
		t.Fatal(err)
	}
	f, up, err := open(p, "x")
	if err != nil || up {
		t.Fatal(up, finish(p.End(err)))
	}
	f.close()
	if _, err := os.Stat(p.Dir + "/elsewhere/control"); err != nil {
		t.Error(err)
	}
}

func TestFailures(t *testing.T) {
	s, status, stderr := made(t, "")
	m := &s.main
	m.starting = true
	s.proceed(m)
	if m.pid != 0 || !m.starting || m.resting == nil {
		t.Errorf("without run: %+v", m)
	}
	m.status.Want, m.resting = svc.WantOnce, nil
	if s.proceed(m); m.starting {
		t.Error("once is tried twice")
	}
	if want := strings.Repeat("supervise: fatal: unable to start x/run: file does not exist\n", 2); stderr() != want {
		t.Error(stderr())
	}
	blocked := s.p.Dir + "/x/supervise/status.new"
	clitest.Files(t, blocked, nil)
	s.changed(m)
	if s.unsaid == nil || !strings.HasSuffix(stderr(), "\nsupervise: warning: unable to open x/supervise/status.new: is a directory\n") {
		t.Error(stderr())
	}
	if err := os.Remove(blocked); err != nil {
		t.Fatal(err)
	}
	old := syscall.Umask(0o077)
	s.announce()
	syscall.Umask(old)
	if s.unsaid != nil || status().Want != svc.WantOnce {
		t.Errorf("%+v", status())
	}
	if fi, err := os.Stat(s.p.Dir + "/x/supervise/status"); err != nil || fi.Mode() != 0o644 {
		t.Error(fi.Mode(), err)
	}
}

// A service is taken away by its name first.
func TestRenamed(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("a folder without a name is changed into by /dev/fd")
	}
	s, _, stderr := made(t, sleeper)
	if err := os.Rename(s.p.Dir+"/x", s.p.Dir+"/y"); err != nil {
		t.Fatal(err)
	}
	s.start(&s.main, "run")
	if s.main.pid == 0 || stderr() != "" || clitest.Read(t, s.p.Dir+"/y/supervise/status") == "" {
		t.Error(stderr())
	}
}
