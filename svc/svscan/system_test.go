package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
	"qmailkit/svc"
)

// system is a folder of services with real programs at work on it.
type system struct {
	t      *testing.T
	dir    string
	svscan *exec.Cmd
	fifo   *os.File
	said   *bufio.Scanner // what the services write to ../../said, and all warnings
}

// newSystem builds the programs. What they are to run is put into dir/sc.
func newSystem(t *testing.T) *system {
	t.Helper()
	if testing.Short() {
		t.Skip("builds programs")
	}
	s := &system{t: t, dir: killtest.Dir(t)}
	if err := os.Chmod(s.dir, 0o777); err != nil {
		t.Fatal(err)
	}
	killtest.BuildAll(t, s.dir+"/bin", ".", "../supervise")
	clitest.Files(t, s.dir+"/sc", nil)
	if err := syscall.Mkfifo(s.dir+"/said", 0o600); err != nil {
		t.Fatal(err)
	}
	os.Chmod(s.dir+"/said", 0o666)
	fifo, err := os.OpenFile(s.dir+"/said", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { fifo.Close() })
	s.fifo, s.said = fifo, bufio.NewScanner(fifo)
	return s
}

// run makes the run file of a service.
func (s *system) run(name, body string) {
	s.t.Helper()
	clitest.Script(s.t, s.dir+"/sc/"+name+"/run", body)
}

// start starts svscan behind the words of a command.
func (s *system) start(args []string, before ...string) {
	s.t.Helper()
	argv := append(append(before, s.dir+"/bin/svscan"), args...)
	s.svscan = exec.Command(argv[0], argv[1:]...)
	s.svscan.Dir = s.dir
	s.svscan.Env = append(os.Environ(), "PATH="+s.dir+"/bin:/usr/bin:/bin")
	s.svscan.Stderr = s.fifo
	if err := s.svscan.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { // does nothing after a test that went well
		s.svscan.Process.Kill()
		controls, _ := filepath.Glob(s.dir + "/sc/*/supervise/control")
		for _, control := range controls {
			svc.Tell(control, "dx")
		}
	})
}

func (s *system) line() string {
	s.t.Helper()
	if !s.said.Scan() {
		s.t.Fatal(s.said.Err())
	}
	return s.said.Text()
}

// lines returns the next n lines, as a set.
func (s *system) lines(n int) map[string]bool {
	s.t.Helper()
	all := map[string]bool{}
	for range n {
		all[s.line()] = true
	}
	return all
}

// supervisors returns how many services' supervises are running.
func (s *system) supervisors(names ...string) (n int) {
	for _, name := range names {
		fd, err := svc.OpenFifo(s.dir + "/sc/" + name + "/supervise/ok")
		if err == nil {
			n++
			syscall.Close(fd)
		}
	}
	return n
}

const (
	talker = `trap 'echo bye; exit' TERM; echo hello; while :; do sleep 0.01; done`
	scribe = `while read line; do echo $PPID $line >../../../said; done; echo end >../../../said`
)

// With a second argument svscan stops its services on TERM, each before its
// logger, which gets the last line.
func TestStop(t *testing.T) {
	s := newSystem(t)
	s.run("a", talker)
	s.run("a/log", scribe)
	s.run("b", "echo b >../../said; exec sleep 60")
	s.start([]string{"sc", ""})
	s.lines(2)
	if err := s.svscan.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := s.line(); !strings.HasSuffix(got, " bye") {
		t.Error(got)
	}
	if got := s.line(); got != "end" {
		t.Error(got)
	}
	if err := s.svscan.Wait(); err != nil || s.supervisors("a", "a/log", "b") > 0 {
		t.Error(err)
	}
}

// The first process of a container stops the services on TERM, and until then
// buries what they leave behind.
func TestFirstProcess(t *testing.T) {
	if os.Getuid() != 0 || exec.Command("unshare", "-pf", "--mount-proc", "true").Run() != nil {
		t.Skip("no container can be made here")
	}
	s := newSystem(t)
	// The orphan that has ended is a child of process 1 then.
	s.run("a", `(sh -c 'sleep 0.1; exit' & echo $! >../../said); exec sleep 60`)
	s.run("b", "exec >>../../said; "+talker)
	s.start([]string{"sc"}, "unshare", "-pf", "--mount-proc")
	lines := s.lines(2)
	delete(lines, "hello")
	var init string
	for orphan := range lines {
		children, _ := os.ReadFile("/proc/" + strconv.Itoa(s.svscan.Process.Pid) + "/task/" + strconv.Itoa(s.svscan.Process.Pid) + "/children")
		init = strings.TrimSpace(string(children))
		for gone := false; !gone; { // neither running nor a zombie
			_, err := os.Stat("/proc/" + init + "/root/proc/" + orphan)
			gone = err != nil
		}
	}
	pid, err := strconv.Atoi(init)
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if got := s.line(); got != "bye" {
		t.Error(got)
	}
	if err := s.svscan.Wait(); err != nil {
		t.Error(err)
	}
}

// A full process table costs no service: each is started when there is room
// again.
func TestFullProcessTable(t *testing.T) {
	prlimit, err := exec.LookPath("prlimit")
	if err != nil || os.Getuid() != 0 {
		t.Skip("needs root, whom no such limit holds, another user and prlimit(1)")
	}
	s := newSystem(t)
	for _, name := range []string{"a", "b"} {
		s.run(name, "echo "+name+" >../../said; exec sleep 60")
	}
	owned := exec.Command("chown", "-R", "nobody", s.dir)
	if out, err := owned.CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	nobody := []string{"setpriv", "--reuid=nobody", "--clear-groups"}
	limit := func(pid string, args ...string) string {
		t.Helper()
		out, err := exec.Command("setpriv", append(append(nobody[1:], prlimit, "--pid", pid), args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%v %s", err, out)
		}
		return strings.TrimSpace(string(out))
	}
	s.start([]string{"sc", ""}, nobody...)
	s.lines(2)
	svscan := s.svscan.Process.Pid
	supervise := pids(t, svscan)
	if len(supervise) != 2 {
		t.Fatalf("%q", supervise)
	}
	service := pids(t, number(t, supervise[0]))
	left := pids(t, number(t, supervise[1]))[0] // without a supervise
	defer kill(t, left)
	before := limit(supervise[0], "--nproc", "--raw", "--noheadings", "-o", "SOFT")
	limit(strconv.Itoa(svscan), "--nproc=1:")
	limit(supervise[0], "--nproc=1:")
	// Neither can start anything now: the one's service ends, and the other
	// supervise does, and both say so.
	kill(t, service[0])
	kill(t, supervise[1])
	for said := ""; !strings.Contains(said, "svscan: warning: unable to fork for ") || !strings.Contains(said, "supervise: warning: unable to fork for "); {
		said += s.line()
	}
	limit(strconv.Itoa(svscan), "--nproc="+before+":")
	limit(supervise[0], "--nproc="+before+":")
	for _, name := range []string{"a", "b"} {
		svc.Tell(s.dir+"/sc/"+name+"/supervise/control", "u") // ends a minute's wait
	}
	for up := map[string]bool{}; len(up) < 2; {
		if line := s.line(); len(line) == 1 {
			up[line] = true
		}
	}
	s.svscan.Process.Signal(syscall.SIGTERM)
	if err := s.svscan.Wait(); err != nil {
		t.Error(err)
	}
}

// pids lists the children of a process.
func pids(t *testing.T, pid int) []string {
	t.Helper()
	var all []string
	tasks, err := filepath.Glob("/proc/" + strconv.Itoa(pid) + "/task/*/children")
	if err != nil {
		t.Fatal(err)
	}
	for _, task := range tasks {
		text, _ := os.ReadFile(task)
		all = append(all, strings.Fields(string(text))...)
	}
	return all
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func kill(t *testing.T, pid string) {
	t.Helper()
	if err := syscall.Kill(number(t, pid), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
}
