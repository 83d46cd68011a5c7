package main

import (
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/svc"
)

// soakVar says for how many seconds services are killed; by default for a few,
// so that the test takes about 20. A real soak is 120.
const (
	soakVar     = "QMAILKIT_SOAK"
	soakSeconds = 5
	soaked      = 200 // services
)

// What svscan and its supervises may take together: resident memory, in
// bytes, and processor time over two looks at the folder in which nothing
// happens.
const (
	soakMemory = 1 << 30
	idlePeriod = 2 * period
	idleTime   = idlePeriod / 20
)

// However often services and supervises are killed, all services are up at
// the end, nothing is left behind, and little is used.
func TestSoak(t *testing.T) {
	if _, err := os.Stat("/proc/self/smaps_rollup"); err != nil {
		t.Skip("there is no Linux to ask what processes use")
	}
	s := newSystem(t)
	for i := range soaked {
		clitest.Script(t, s.service(i)+"run", "exec sleep 3600")
	}
	s.start([]string{"sc", ""})
	s.allUp()
	before := s.usage()
	length := soakSeconds
	if text := os.Getenv(soakVar); text != "" {
		length = number(t, text)
	}
	kills := 0
	for end := time.Now().Add(time.Duration(length) * time.Second); time.Now().Before(end); kills++ {
		s.killOne(rand.IntN(soaked), rand.IntN(8) == 0)
		time.Sleep(5 * time.Millisecond) // 200 a second: each service once
	}
	s.allUp()
	after := s.usage()
	if after.svscanFiles > before.svscanFiles || after.mostFiles > before.mostFiles {
		t.Errorf("files leak: %+v, then %+v", before, after)
	}
	if after.zombies > 0 {
		t.Errorf("%d zombies", after.zombies)
	}
	if after.memory > soakMemory {
		t.Errorf("%d bytes of memory", after.memory)
	}
	time.Sleep(idlePeriod)
	idle := s.usage().busy - after.busy
	if idle > idleTime {
		t.Errorf("%v of processor time in %v without events", idle, idlePeriod)
	}
	t.Logf("%d kills in %d s; %d processes, %d MB resident; %v of processor time in %v without events",
		kills, length, after.processes, after.memory>>20, idle, idlePeriod)
	s.svscan.Process.Signal(syscall.SIGTERM)
	if err := s.svscan.Wait(); err != nil {
		t.Error(err)
	}
}

func (s *system) service(i int) string { return s.dir + "/sc/" + strconv.Itoa(i) + "/" }

// killOne kills a service, and its supervise before it if asked to.
func (s *system) killOne(i int, supervise bool) {
	status, _, _, err := svc.ReadStatus(s.service(i) + "supervise/status")
	if err != nil || status.Pid == 0 {
		return
	}
	parent := parentOf(int(status.Pid))
	if parentOf(parent) != s.svscan.Process.Pid {
		return // it has ended, and the number may be another's
	}
	if supervise {
		syscall.Kill(parent, syscall.SIGKILL)
	}
	syscall.Kill(int(status.Pid), syscall.SIGKILL)
}

// allUp returns when each service is.
func (s *system) allUp() {
	for i := 0; i < soaked; {
		status, _, _, err := svc.ReadStatus(s.service(i) + "supervise/status")
		fd, fifo := svc.OpenFifo(s.service(i) + "supervise/ok")
		if fifo == nil {
			syscall.Close(fd)
		}
		if err == nil && fifo == nil && status.Pid != 0 && alive(int(status.Pid)) {
			i++
			continue
		}
		time.Sleep(time.Millisecond)
	}
}

// usage is what svscan and its supervises use.
type usage struct {
	processes   int
	zombies     int // among them and their children
	svscanFiles int
	mostFiles   int           // of any supervise
	memory      int           // resident, in bytes, what is shared counted each time
	busy        time.Duration // processor time since they were started
}

func (s *system) usage() (u usage) {
	s.t.Helper()
	svscan := s.svscan.Process.Pid
	u.svscanFiles = openFiles(svscan)
	all := []int{svscan}
	for _, child := range pids(s.t, svscan) {
		pid := number(s.t, child)
		u.mostFiles = max(u.mostFiles, openFiles(pid))
		all = append(all, pid)
		for _, service := range pids(s.t, pid) {
			if !alive(number(s.t, service)) {
				u.zombies++
			}
		}
	}
	for _, pid := range all {
		if !alive(pid) {
			u.zombies++
			continue
		}
		f := stat(pid)
		u.processes++
		u.memory += number(s.t, f[21]) * os.Getpagesize()
		ticks := number(s.t, f[11]) + number(s.t, f[12])
		u.busy += time.Duration(ticks) * time.Second / 100 // USER_HZ
	}
	return u
}

// stat returns the fields of /proc/PID/stat from the third on, the state.
func stat(pid int) []string {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	return strings.Fields(rest)
}

// alive tells whether there is such a process and it is no zombie.
func alive(pid int) bool {
	f := stat(pid)
	return len(f) > 21 && f[0] != "Z"
}

func parentOf(pid int) int {
	if f := stat(pid); len(f) > 1 {
		n, _ := strconv.Atoi(f[1])
		return n
	}
	return 0
}

func openFiles(pid int) int {
	names, _ := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
	return len(names)
}
