// Package killtest lets a real process fail at each of the system calls that
// it makes: killed there, or told there that the disk is full. What it leaves
// behind must be sound every time. It needs strace(1). Tests only.
package killtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// Kill is the fault of being killed just before a system call.
const Kill = "signal=KILL"

// Fail is the fault of a system call that does nothing but fail, with an
// error such as "ENOSPC".
func Fail(errno string) string { return "error=" + errno }

// Point is a place where a process failed: the nth time that a thread of it
// made the system call. The zero Point is the process that ran unharmed.
type Point struct {
	Call string // "fsync"
	N    int    // from 1
}

func (p Point) String() string {
	if p.Call == "" {
		return "unharmed"
	}
	return p.Call + " " + strconv.Itoa(p.N)
}

// Build builds the program in the folder of the test, for the qmail home, as
// the file path.
func Build(t *testing.T, path, home string) {
	t.Helper()
	BuildFor(t, path, home, ".")
}

// BuildFor builds the programs in other folders, for the qmail home, as the
// file path or into it.
func BuildFor(t *testing.T, path, home string, packages ...string) {
	t.Helper()
	run(t, append([]string{"-ldflags", "-X qmailkit/internal/home.dir=" + home, "-o", path}, packages...)...)
}

// BuildAll builds programs, by the folders of their packages, into the folder
// dir.
func BuildAll(t *testing.T, dir string, packages ...string) {
	t.Helper()
	run(t, append([]string{"-o", dir + "/"}, packages...)...)
}

func run(t *testing.T, args ...string) {
	t.Helper()
	build := exec.Command("go", append([]string{"build", "-buildvcs=false"}, args...)...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
}

// Dir is t.TempDir, open to the users that a test of root's runs things as.
func Dir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Walk runs a process once for every system call that it makes, or for those
// with one of the names in calls, and inflicts fault there. Command makes the
// process anew, and whatever it needs; check looks at what is left, given how
// the process ended: nil, or an *exec.ExitError. The first run is unharmed.
//
// A call that only some runs make, or on a thread of its own, as the runtime of Go
// wills, may be walked past without harm: that run ends well, which check must be
// content with. A process that is to be killed gets some more chances then.
func Walk(t *testing.T, fault string, calls []string, command func() *exec.Cmd, check func(at Point, err error)) {
	t.Helper()
	list := points(t, calls, command)
	check(Point{}, nil)
	chances := 1
	if fault == Kill {
		chances = 3
	}
	for _, at := range list {
		for range chances {
			cmd := command()
			trace(cmd, os.DevNull, "-e", "trace="+at.Call, "-e", "inject="+at.Call+":"+fault+":when="+strconv.Itoa(at.N))
			err := cmd.Run()
			check(at, err)
			if err != nil {
				break
			}
		}
	}
}

// Trace runs a process and returns the lines that strace writes of it, of the
// system calls with one of the names in calls, or of all.
func Trace(t *testing.T, calls []string, cmd *exec.Cmd) []string {
	t.Helper()
	if _, err := exec.LookPath("strace"); err != nil {
		t.Skip("there is no strace")
	}
	dir := Dir(t)
	if err := os.Chmod(dir, 0o777); err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(dir, "calls")
	if len(calls) == 0 {
		calls = []string{"all"}
	}
	trace(cmd, log, "-e", "trace="+strings.Join(calls, ","))
	if err := cmd.Run(); err != nil {
		if text, _ := os.ReadFile(log); len(text) == 0 {
			t.Skipf("processes cannot be traced here: %v", err)
		}
		t.Fatalf("unharmed: %v", err)
	}
	text, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

// points runs the process unharmed and lists its system calls.
func points(t *testing.T, calls []string, command func() *exec.Cmd) []Point {
	t.Helper()
	most := map[string]int{} // by call, of any one thread
	count := map[string]int{}
	for _, line := range Trace(t, calls, command()) {
		pid, rest, _ := strings.Cut(line, " ")
		call, _, ok := strings.Cut(strings.TrimLeft(rest, " "), "(")
		if !ok || strings.ContainsAny(call, " <+-") || call == "execve" {
			// There is no program before execve.
			continue
		}
		count[pid+call]++
		most[call] = max(most[call], count[pid+call])
	}
	var list []Point
	for call, n := range most {
		for i := range n {
			list = append(list, Point{call, i + 1})
		}
	}
	sort.Slice(list, func(i, j int) bool {
		return list[i].Call < list[j].Call || list[i].Call == list[j].Call && list[i].N < list[j].N
	})
	if len(list) == 0 {
		t.Fatalf("the process makes none of the calls %q", calls)
	}
	return list
}

// trace puts cmd under strace, which leaves its descriptors alone.
func trace(cmd *exec.Cmd, log string, args ...string) {
	args = append([]string{"strace", "-f", "-qq", "-o", log}, args...)
	cmd.Args = append(append(args, cmd.Path), cmd.Args[1:]...)
	if path, err := exec.LookPath("strace"); err == nil {
		cmd.Path = path
	}
	cmd.Env = append(cmd.Environ(), "GOMAXPROCS=2")
}

// Code returns the exit code of a process that ended with err, -1 if a signal
// ended it.
func Code(err error) int {
	if err == nil {
		return 0
	}
	exit, ok := err.(*exec.ExitError)
	if !ok || exit.Sys().(syscall.WaitStatus).Signaled() {
		return -1
	}
	return exit.ExitCode()
}
