package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/home"
	"qmailkit/internal/killtest"
	"qmailkit/internal/queuewire"
	"qmailkit/internal/sys"
)

// queued makes a process of qmail-queued and a client that hands it one
// message and has it end then. The client's channel tells whether the message
// was acknowledged, once the process has ended.
func (w *world) queued() (cmd *exec.Cmd, ended chan struct{}, acknowledged chan bool) {
	w.t.Helper()
	cmd = w.queuedCommand()
	ended, acknowledged = make(chan struct{}), make(chan bool, 1)
	go func() { acknowledged <- handOver(home.Socket(w.home, queuewire.Socket), ended) }()
	return cmd, ended, acknowledged
}

// queuedCommand makes a process of qmail-queued.
func (w *world) queuedCommand() *exec.Cmd {
	w.t.Helper()
	program := base + "/qmail-queued"
	if _, err := os.Stat(program); err != nil {
		killtest.BuildFor(w.t, program, w.home, "../qmail-queued")
	}
	if err := os.RemoveAll(w.home + "/run"); err != nil {
		w.t.Fatal(err)
	}
	cmd := w.command()
	cmd.Path, cmd.Args[0], cmd.Stdin, cmd.Stdout = program, program, nil, nil
	return cmd
}

// handOver waits until somebody listens at path, or has ended before.
func handOver(path string, ended chan struct{}) (acknowledged bool) {
	c := dialUntil(path, ended)
	if c == nil {
		return false
	}
	acknowledged = hand(c, message, envelope)
	stop(path)
	return acknowledged
}

// dialUntil connects to path as soon as somebody listens there; nil when that has
// ended before.
func dialUntil(path string, ended chan struct{}) *queuewire.Client {
	for {
		if c, err := queuewire.Dial(path); err == nil {
			return c
		}
		select {
		case <-ended:
			return nil
		case <-time.After(time.Millisecond):
		}
	}
}

// hand hands a message over.
func hand(c *queuewire.Client, message, envelope string) (acknowledged bool) {
	defer c.Close()
	c.Message([]byte(message))
	c.EndMessage()
	c.Envelope(envelope)
	code, _, err := c.Finish()
	return err == nil && code == 0
}

// stop sends TERM to who listens at path.
func stop(path string) {
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		return
	}
	defer syscall.Close(fd)
	if syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}) != nil {
		return
	}
	if who, ok := sys.SocketPeer(fd); ok && who.Pid > 0 {
		syscall.Kill(who.Pid, syscall.SIGTERM)
	}
}

// Killed at any system call, qmail-queued leaves either no entry in todo or one
// with a whole message, and the latter if the client was told so.
func TestQueuedKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t)
	calls := []string{"accept4", "getsockopt", "openat", "fchmod", "fstat", "newfstatat", "linkat", "unlinkat", "read", "write", "fsync", "close"}
	var ended chan struct{}
	var acknowledged chan bool
	var cmd *exec.Cmd
	killed, whole, told := 0, 0, 0
	killtest.Walk(t, killtest.Kill, calls, func() *exec.Cmd {
		cmd, ended, acknowledged = w.queued()
		return cmd
	}, func(at killtest.Point, err error) {
		close(ended)
		ok := <-acknowledged
		entries := w.sound("killed at " + at.String())
		switch {
		case ok && entries != 1:
			t.Errorf("%s: acknowledged, with %d entries in todo", at, entries)
		case entries > 1:
			t.Errorf("%s: %d entries in todo", at, entries)
		}
		if err != nil {
			killed++
			whole += entries
		}
		if ok {
			told++
		}
		w.empty()
	})
	t.Logf("killed %d times, %d of them with the message in the queue; acknowledged %d times", killed, whole, told)
	if killed < 15 || told == 0 {
		t.Errorf("killed %d times, %d of them with the message in the queue; acknowledged %d times: nothing was tested", killed, whole, told)
	}
}
