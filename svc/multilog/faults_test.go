package main

import (
	"bufio"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
)

// A line is acknowledged when the write of it to multilog's standard input has
// returned. As long as that pipe is there, svscan keeps it for a logger, no
// such line is lost, however often multilog is killed and started again: it
// takes lines out of the pipe only when they are in the log. Those that were in
// both are written twice. Where pipes cannot be looked into, a kill costs what
// one read takes, at most.
func TestAcknowledged(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program")
	}
	const kills = 50
	dir := t.TempDir()
	killtest.Build(t, dir+"/multilog", "/var/qmail")
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	var written atomic.Int64
	var stop atomic.Bool
	done := make(chan error, 1)
	go func() {
		defer w.Close()
		for !stop.Load() {
			if _, err := io.WriteString(w, "line "+strconv.FormatInt(written.Load(), 10)+"\n"); err != nil {
				done <- err
				return
			}
			written.Add(1)
		}
		done <- nil
	}()
	start := func() *exec.Cmd {
		c := exec.Command(dir+"/multilog", "s100000", "n9999", "./log")
		c.Dir, c.Stdin, c.Stderr = dir, r, os.Stderr
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		return c
	}
	for range kills {
		c := start()
		for until := written.Load() + rand.Int64N(20000); written.Load() < until; {
			runtime.Gosched()
		}
		c.Process.Kill()
		c.Wait()
	}
	stop.Store(true)
	if err := start().Wait(); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	next, twice, lost := int64(0), int64(0), int64(0)
	lines := bufio.NewScanner(strings.NewReader(contents(t, dir+"/log")))
	for lines.Scan() {
		// What a kill cut short is written again behind it.
		text := lines.Text()
		if torn := strings.LastIndex(text, "line "); torn > 0 {
			text = text[torn:]
		}
		n, err := strconv.ParseInt(strings.TrimPrefix(text, "line "), 10, 64)
		switch {
		case err != nil || n > next && runtime.GOOS == "linux":
			t.Fatalf("%q follows line %d", lines.Text(), next-1)
		case n < next:
			twice++
		default:
			lost += n - next
			next = n + 1
		}
	}
	if next != written.Load() && runtime.GOOS == "linux" || lost > kills*inputSize {
		t.Errorf("%d lines of %d, and %d lost", next, written.Load(), lost)
	}
	t.Logf("%d lines, %d kills, %d lines twice", next, kills, twice)
}

// A full disk makes multilog wait, and say so.
func TestDiskFull(t *testing.T) {
	dir := t.TempDir()
	disk := filepath.Join(dir, "log")
	clitest.Files(t, disk, nil)
	if out, err := exec.Command("mount", "-t", "tmpfs", "-o", "size=64k", "none", disk).CombinedOutput(); err != nil {
		t.Skipf("no disk can be made here: %s", out)
	}
	defer exec.Command("umount", disk).Run()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	in := lines(200000)
	p, _ := clitest.Proc(t, "multilog", clitest.World{Args: []string{"s1000000", "./log"}, Input: in, Dir: dir})
	p.Stderr = w
	code := make(chan int, 1)
	go func() { code <- p.End(Run(p)); w.Close() }()
	said := bufio.NewScanner(r)
	said.Scan()
	if got := said.Text(); got != "multilog: warning: unable to write to ./log/current, pausing: out of disk space" {
		t.Error(got)
	}
	if out, err := exec.Command("mount", "-o", "remount,size=1m", disk).CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	for said.Scan() { // it may have said so again
	}
	if c := <-code; c != 0 || contents(t, disk) != in {
		t.Errorf("%d, and %d bytes of %d", c, len(contents(t, disk)), len(in))
	}
}

// Without a descriptor to be had a rotation waits for one.
func TestNoDescriptor(t *testing.T) {
	dir := t.TempDir()
	p, _ := clitest.Proc(t, "multilog", clitest.World{Dir: dir})
	var before unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
		t.Fatal(err)
	}
	restore := func() {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &before); err != nil {
			t.Error(err)
		}
	}
	defer restore()
	said := ""
	f := &folder{name: "./log", size: 4096, count: 99, now: time.Now, p: p, warn: func(what string, err error) {
		said += what + "\n"
		restore()
	}}
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	in := lines(9000)
	none := before
	none.Cur = 1
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &none); err != nil {
		t.Fatal(err)
	}
	f.put([]byte(in))
	f.flush()
	f.quit()
	if said != "unable to create ./log/current, pausing\n" || contents(t, dir+"/log") != in {
		t.Errorf("%q, and %d bytes", said, len(contents(t, dir+"/log")))
	}
}
