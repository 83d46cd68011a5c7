package resident

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/program"
)

// The test's own program is the one that stays, when a test starts it.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || os.Args[1] != "job" {
		os.Exit(m.Run())
	}
	p := &cmd.Proc{Name: "job", Args: os.Args[1:], Env: os.Environ(), Pid: os.Getpid(), Now: time.Now,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, FD: func(n int) *os.File { return os.NewFile(uintptr(n), "") }}
	os.Exit(p.End(Serve(p, job)))
}

// job says who does what, and does what its second argument asks for.
func job(p *cmd.Proc) error {
	input, _ := io.ReadAll(p.Stdin)
	_, stays := p.LookupEnv(variable)
	fmt.Fprintf(p.Stdout, "%d %q %q %v", p.Pid, p.Args, input, stays)
	switch p.Args[1] {
	case "fail":
		return cmd.Silent(100)
	case "crash":
		syscall.Kill(p.Pid, syscall.SIGKILL)
	}
	return nil
}

// do has the pool do a job and returns the process that did it, what else it
// said, and how it ended.
func do(t *testing.T, pool *Pool, program, id, input string, args ...string) (pid, said string, code int, err error) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in, feed, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	feed.WriteString(input)
	feed.Close()
	j, err := pool.Start(&cmd.Proc{Env: []string{"PATH=/bin:/usr/bin"}}, nil, id, append([]string{program}, args...), in, w)
	w.Close()
	if err != nil {
		t.Fatal(err)
	}
	out, rerr := io.ReadAll(r)
	if rerr != nil {
		t.Fatal(rerr)
	}
	code, err = j.Wait()
	pid, said, _ = strings.Cut(string(out), " ")
	return pid, said, code, err
}

func TestStays(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var pool Pool
	defer pool.Close()
	id := program.ID(self)
	first, said, code, err := do(t, &pool, self, id, "one", "job", "a")
	if said != `["job" "a"] "one" false` || code != 0 || err != nil {
		t.Fatalf("%q %d %v", said, code, err)
	}
	second, said, code, err := do(t, &pool, self, id, "two", "job", "fail", "")
	if second != first || said != `["job" "fail" ""] "two" false` || code != 100 || err != nil {
		t.Errorf("%s after %s: %q %d %v", second, first, said, code, err)
	}
	if _, _, _, err := do(t, &pool, self, id, "", "job", "crash"); !errors.Is(err, child.ErrCrashed) {
		t.Errorf("a crash: %v", err)
	}
	third, _, code, err := do(t, &pool, self, id, "", "job", "b")
	if third == first || code != 0 || err != nil {
		t.Errorf("after a crash: %s %d %v", third, code, err)
	}
	long := strings.Repeat("x", maxJob)
	if pid, said, _, _ := do(t, &pool, self, id, "", "job", "c", long); pid == third || !strings.Contains(said, long) {
		t.Errorf("a long job is for a process of its own: %d bytes", len(said))
	}
}

// What does not stay, or must not, is started for each job.
func TestStarted(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var pool Pool
	defer pool.Close()
	first, _, _, _ := do(t, &pool, self, "", "", "job", "a")
	if second, _, code, err := do(t, &pool, self, "", "", "job", "fail"); second == first || code != 100 || err != nil {
		t.Errorf("%s %d %v", second, code, err)
	}
	// Not the program that it is taken for: a wrapper, say.
	other := program.ID("/bin/sh")
	first, _, _, _ = do(t, &pool, self, other, "", "job", "a")
	if second, _, _, _ := do(t, &pool, self, other, "", "job", "a"); second == first {
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

func FuzzReceiveArgs(f *testing.F) {
	f.Add(appendJob(nil, []string{"host", "sender", "rcpt"}), 3)
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0}, 5)
	f.Fuzz(func(t *testing.T, in []byte, n int) {
		buf := make([]byte, 4+maxJob)
		n = copy(buf, in[:max(0, min(n, len(in), len(buf)))])
		args, err := receiveArgs(bytes.NewReader(in[n:]), buf, n)
		if err == nil && !bytes.HasPrefix(in, appendJob(nil, args)) {
			t.Errorf("%q is taken for %q", in, args)
		}
	})
}
