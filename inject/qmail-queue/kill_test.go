package main

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/killtest"
	"qmailkit/internal/queue"
)

// Killed at any system call, the program leaves either no entry in todo or one
// with a whole message; it never acknowledged then.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t)
	killed, queued := 0, 0
	killtest.Walk(t, killtest.Kill, nil, w.command, func(at killtest.Point, err error) {
		entries := w.sound("killed at " + at.String())
		if err == nil && entries != 1 {
			t.Errorf("%s: exit 0 with %d entries in todo", at, entries)
		}
		if err != nil {
			killed++
			queued += entries
		}
		w.empty()
	})
	t.Logf("killed %d times, %d of them with the message in the queue", killed, queued)
	if killed < 50 || queued == 0 {
		t.Errorf("killed %d times, %d of them with the message in the queue: nothing was tested", killed, queued)
	}
}

// A call that fails gives the exit code of its step, and leaves nothing that
// qmail-send would deliver, and nothing at all where the message can be taken
// back. A run ends well where the call is one of the runtime's own, or on a
// thread that did not make it this time.
func TestFailing(t *testing.T) {
	w := newWorld(t)
	w.command()                               // built for whoever runs it
	defer syscall.Umask(syscall.Umask(0o077)) // with which the mode has to be set
	for _, c := range []struct {
		calls []string
		errno string
		codes []int // what the calls of the kind lead to, besides 0
		clean bool  // nothing is left
	}{
		{[]string{"write"}, "ENOSPC", []int{queue.CodeWrite}, true},
		{[]string{"write"}, "EIO", []int{queue.CodeWrite}, true},
		{[]string{"write"}, "EDQUOT", []int{queue.CodeWrite}, true},
		{[]string{"fsync"}, "EIO", []int{queue.CodeWrite, queue.CodeTodo}, false},
		{[]string{"fsync"}, "ENOSPC", []int{queue.CodeWrite, queue.CodeTodo}, false},
		{[]string{"linkat"}, "EIO", []int{queue.CodeMess, queue.CodeTodo}, false},
		{[]string{"linkat"}, "ENOSPC", []int{queue.CodeMess, queue.CodeTodo}, false},
		{[]string{"unlinkat"}, "EIO", []int{queue.CodePid}, false},
		{[]string{"fchmod"}, "EPERM", []int{queue.CodeIntd}, true}, // in pid another name works
		{[]string{"read"}, "EIO", []int{queue.CodeRead}, true},
	} {
		seen := map[int]bool{}
		killtest.Walk(t, killtest.Fail(c.errno), c.calls, w.command, func(at killtest.Point, err error) {
			code := killtest.Code(err)
			seen[code] = true
			entries := w.sound(at.String() + " " + c.errno)
			if code != 0 && !slices.Contains(c.codes, code) {
				t.Errorf("%s %s: exit %d", at, c.errno, code)
			}
			if (code == 0) != (entries == 1) {
				t.Errorf("%s %s: exit %d with %d entries in todo", at, c.errno, code, entries)
			}
			if left := w.files(); code != 0 && c.clean && len(left) != 0 {
				t.Errorf("%s %s: left %q", at, c.errno, left)
			}
			w.empty()
		})
		delete(seen, 0)
		if len(seen) == 0 {
			t.Errorf("%s %s: no run failed", c.calls, c.errno)
		}
	}
}

// What a power failure must not separate: message, envelope and the message's
// name are on disk before todo names them, and that before the exit.
func TestOrder(t *testing.T) {
	w := newWorld(t)
	steps := ""
	for _, line := range killtest.Trace(t, []string{"linkat", "fsync", "write", "exit_group"}, w.command()) {
		switch {
		case strings.Contains(line, "linkat("):
			steps += "link "
		case strings.Contains(line, "fsync") && strings.HasSuffix(line, "= 0"):
			steps += "synced "
		case strings.Contains(line, "Received: "):
			steps += "message "
		case strings.Contains(line, `write(`) && strings.Contains(line, `"u`):
			steps += "envelope "
		case strings.Contains(line, "exit_group("):
			steps += "exit"
		}
	}
	if want := "link message envelope synced synced synced link synced exit"; steps != want {
		t.Errorf("%s\nwant %s", steps, want)
	}
}
