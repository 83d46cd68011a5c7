package resident

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/program"
	"qmailkit/internal/request"
)

// The test's own program is the one that stays, when a test starts it.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "job" {
		os.Exit(m.Run())
	}
	p := &cmd.Proc{Name: "job", Args: os.Args[1:], Env: os.Environ(), Pid: os.Getpid(), Now: time.Now,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, FD: func(n int) *os.File { return os.NewFile(uintptr(n), "") }}
	os.Exit(p.End(Serve(p, job, say)))
}

// job says who does what, and does what its second argument asks for.
func job(p *cmd.Proc, files Files) Answer {
	input, _ := io.ReadAll(files.Input)
	_, stays := p.LookupEnv(variable)
	a := Answer{Stdout: fmt.Sprintf("%d %q %q %v", p.Pid, p.Args, input, stays)}
	switch p.Args[1] {
	case "fail":
		a.Code = 100
	case "crash":
		syscall.Kill(p.Pid, syscall.SIGKILL)
	case "leave": // the process, as if it had done the job
		os.Exit(0)
	case "babble":
		syscall.Write(socket(), []byte("\x00\x00\x00\x00\x00"))
	case "twice":
		syscall.Write(socket(), appendReply(nil, saysDone, 2, 0, ""))
	case "few": // descriptors are left
		syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 4, Max: 4})
	case "state":
		a.Stdout += state(p)
	case "program":
		stdout, stderr, err := files.Output()
		if err != nil {
			return Answer{Code: 111, Stderr: err.Error()}
		}
		c := exec.Command("sh", "-c", "echo one; echo two >&2; (while kill -0 $$ 2>/dev/null; do :; done; echo later) &")
		c.Stdout, c.Stderr = stdout, stderr
		if again, _, err := files.Output(); again != stdout || err != nil || c.Run() != nil {
			a.Code = 1
		}
	case "meet": // as many as the last argument says
		os.WriteFile(filepath.Join(p.Args[2], fmt.Sprint(p.Pid)), nil, 0o600)
		for n := ""; n != p.Args[3]; time.Sleep(time.Millisecond) {
			names, _ := os.ReadDir(p.Args[2])
			n = fmt.Sprint(len(names))
		}
	}
	return a
}

// socket returns the descriptor on which this process answers.
func socket() int {
	for fd := 3; fd < 64; fd++ {
		var st syscall.Stat_t
		if syscall.Fstat(fd, &st) == nil && st.Mode&syscall.S_IFMT == syscall.S_IFSOCK {
			return fd
		}
	}
	return -1
}

func say(p *cmd.Proc, a Answer) error {
	p.Stdout.WriteString(a.Stdout)
	return &cmd.Exit{Code: a.Code, Text: a.Stderr}
}

// state is what one job might leave to the next: open descriptors, folder,
// umask, environment.
func state(p *cmd.Proc) string {
	var open []int
	for fd := range 64 {
		var st syscall.Stat_t
		if syscall.Fstat(fd, &st) == nil && st.Mode&syscall.S_IFMT != syscall.S_IFDIR {
			open = append(open, fd)
		}
	}
	dir, _ := os.Getwd()
	umask := syscall.Umask(0)
	syscall.Umask(umask)
	return fmt.Sprint(open, dir, umask, p.Env, os.Environ())
}

// do has the pool do a job and returns the process that did it, what else it
// said, and how it ended.
func do(t *testing.T, pool *Pool, program, id, input string, args ...string) (pid, said string, code int, err error) {
	t.Helper()
	in, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	feed.WriteString(input)
	feed.Close()
	pool.Limit = 1 << 20
	out, code, err := pool.Do(&cmd.Proc{Env: []string{"PATH=/bin:/usr/bin"}}, nil, id, append([]string{program}, args...), plain.FD(in.Fd()))
	pid, said, _ = strings.Cut(string(out), " ")
	return pid, said, code, err
}

func TestStays(t *testing.T) {
	var pool Pool
	defer pool.Close()
	id := program.ID(self(t))
	first, said, code, err := do(t, &pool, self(t), id, "one", "job", "a")
	if said != `["job" "a"] "one" false` || code != 0 || err != nil {
		t.Fatalf("%q %d %v", said, code, err)
	}
	second, said, code, err := do(t, &pool, self(t), id, "two", "job", "fail", "")
	if second != first || said != `["job" "fail" ""] "two" false` || code != 100 || err != nil {
		t.Errorf("%s after %s: %q %d %v", second, first, said, code, err)
	}
	if _, _, _, err := do(t, &pool, self(t), id, "", "job", "crash"); !errors.Is(err, child.ErrCrashed) {
		t.Errorf("a crash: %v", err)
	}
	third, _, code, err := do(t, &pool, self(t), id, "", "job", "b")
	if third == first || code != 0 || err != nil {
		t.Errorf("after a crash: %s %d %v", third, code, err)
	}
	long := strings.Repeat("x", request.Size)
	if pid, said, _, _ := do(t, &pool, self(t), id, "", "job", "c", long); pid == third || !strings.Contains(said, long) {
		t.Errorf("a long job is for a process of its own: %d bytes", len(said))
	}
}

// A program that ends, or says what is no answer, in a later job has not done
// it, even if it ends well; the first job of a foreign program is done by then.
func TestNoAnswer(t *testing.T) {
	id := program.ID(self(t))
	for _, how := range []string{"leave", "babble"} {
		var pool Pool
		do(t, &pool, self(t), id, "", "job", "a")
		if _, _, _, err := do(t, &pool, self(t), id, "", "job", how); !errors.Is(err, child.ErrCrashed) {
			t.Errorf("%s in a later job: %v", how, err)
		}
		if len(pool.idle) != 0 {
			t.Errorf("%s: it was kept", how)
		}
		pool.Close()
	}
	var pool Pool
	if _, _, code, err := do(t, &pool, "sh", id, "", "-c", `printf '\000\000\000\000\000' >&3; exit 6`); code != 6 || err != nil {
		t.Errorf("a foreign program that writes where nobody should: %d %v", code, err)
	}
}

// An answer too many is none to the next job.
func TestAnswersTwice(t *testing.T) {
	var pool Pool
	defer pool.Close()
	id := program.ID(self(t))
	do(t, &pool, self(t), id, "", "job", "a")
	if _, _, code, err := do(t, &pool, self(t), id, "", "job", "twice"); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	if _, _, code, err := do(t, &pool, self(t), id, "", "job", "fail"); !errors.Is(err, child.ErrCrashed) {
		t.Errorf("the old answer counts: %d %v", code, err)
	}
}

// A job that cannot be received is not one that was done.
func TestNoDescriptorLeft(t *testing.T) {
	var pool Pool
	defer pool.Close()
	id := program.ID(self(t))
	if _, _, code, err := do(t, &pool, self(t), id, "", "job", "few"); code != 0 || err != nil {
		t.Fatal(code, err)
	}
	if _, said, code, err := do(t, &pool, self(t), id, "", "job", "a"); err == nil && !strings.Contains(said, "job") {
		t.Errorf("exit code %d, and nothing was done: %q", code, said)
	}
}

func TestNothingStays(t *testing.T) {
	var pool Pool
	defer pool.Close()
	id := program.ID(self(t))
	do(t, &pool, self(t), id, "", "job", "a")
	first, before, _, _ := do(t, &pool, self(t), id, "", "job", "state")
	for range 3 {
		do(t, &pool, self(t), id, "x", "job", "fail")
	}
	pid, after, _, _ := do(t, &pool, self(t), id, "", "job", "state")
	if pid != first || before != after {
		t.Errorf("%s: %s\n%s: %s", first, before, pid, after)
	}
}

// One that was stopped, and does not end when it is let go, is killed.
func TestStopped(t *testing.T) {
	var pool Pool
	defer pool.Close()
	do(t, &pool, self(t), program.ID(self(t)), "", "job", "a")
	w := pool.idle[0]
	if err := w.proc.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	pool.idle = nil
	w.letGo(0)
	<-w.exited
	if w.err == nil {
		t.Errorf("it ended with %d", w.code)
	}
}

func TestManyJobs(t *testing.T) {
	var pool Pool
	defer pool.Close()
	do(t, &pool, self(t), program.ID(self(t)), "", "job", "a")
	w := pool.idle[0]
	pool.idle = nil
	w.jobs = maxJobs
	turn, _ := pool.begin(who{}, "")
	pool.give(turn, w)
	<-w.exited
	if len(pool.idle) != 0 || w.err != nil || w.code != 0 {
		t.Errorf("%d are kept; it ended with %d %v", len(pool.idle), w.code, w.err)
	}
}

func self(t *testing.T) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// What does not stay, or must not, is started for each job.
func TestStarted(t *testing.T) {
	var pool Pool
	defer pool.Close()
	first, _, _, _ := do(t, &pool, self(t), "", "", "job", "a")
	if second, _, code, err := do(t, &pool, self(t), "", "", "job", "fail"); second == first || code != 100 || err != nil {
		t.Errorf("%s %d %v", second, code, err)
	}
	// Not the program that it is taken for: a wrapper, say.
	other := program.ID("/bin/sh")
	first, _, _, _ = do(t, &pool, self(t), other, "", "job", "a")
	if second, _, _, _ := do(t, &pool, self(t), other, "", "job", "a"); second == first {
		t.Error("a program of another ID has stayed")
	}
	if _, _, code, err := do(t, &pool, "sh", other, "", "-c", "exit 7"); code != 7 || err != nil {
		t.Errorf("a foreign program: %d %v", code, err)
	}
	_, _, code, err := do(t, &pool, "sh", other, "", "-c", "(exec >&- 2>&-; exec sleep 1000) & exit 6")
	if code != 6 || err != nil {
		t.Errorf("one that leaves another behind: %d %v", code, err)
	}
}

// What a job's programs say comes all, before what the job itself says, and
// until the last of them has ended.
func TestPrograms(t *testing.T) {
	var pool Pool
	defer pool.Close()
	id := program.ID(self(t))
	do(t, &pool, self(t), id, "", "job", "a")
	for range 2 {
		said, _, code, err := do(t, &pool, self(t), id, "", "job", "program")
		if !strings.HasPrefix(said, "one\ntwo\nlater\n") || code != 0 || err != nil {
			t.Errorf("%q %d %v", said, code, err)
		}
	}
	if len(pool.idle) != 1 {
		t.Errorf("%d are kept", len(pool.idle))
	}
}

// Jobs that do not take long share few programs, and none is done twice.
func TestFewForQuickJobs(t *testing.T) {
	pool := Pool{Limit: 1000}
	defer pool.Close()
	id := program.ID(self(t))
	var group sync.WaitGroup
	var mu sync.Mutex
	by := map[string]int{}
	for i := range 200 {
		group.Go(func() {
			said, code, err := pool.Do(&cmd.Proc{}, nil, id, []string{self(t), "job", fmt.Sprint("n", i)}, -1)
			pid, rest, _ := strings.Cut(string(said), " ")
			if want := fmt.Sprintf(`["job" "n%d"] "" false`, i); rest != want || code != 0 || err != nil {
				t.Errorf("%q %d %v", said, code, err)
			}
			mu.Lock()
			by[pid]++
			mu.Unlock()
		})
	}
	group.Wait()
	if len(by) > 100 {
		t.Errorf("%d programs for 200 jobs", len(by))
	}
	if len(pool.crowds) != 0 {
		t.Errorf("%d are still counted", len(pool.crowds))
	}
}

// Jobs that take long all are under way at once, however many are quick.
func TestAllSlowJobsAtOnce(t *testing.T) {
	pool := Pool{Limit: 1000, Quick: 2}
	defer pool.Close()
	id := program.ID(self(t))
	dir := t.TempDir()
	const n = 12
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			if _, code, err := pool.Do(&cmd.Proc{}, nil, id, []string{self(t), "job", "meet", dir, fmt.Sprint(n)}, -1); code != 0 || err != nil {
				t.Errorf("%d %v", code, err)
			}
		})
	}
	group.Wait()
}
