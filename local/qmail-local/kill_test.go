package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
)

const (
	header = "Subject: x\n\n"
	stored = "Return-Path: <s@t.u>\nDelivered-To: joe@x.y\n" + header
	old    = "From a@b Tue Nov 14 22:13:20 2023\n\nold\n\n"
)

// body is long enough to be written in parts.
var body = "From me\nto you\n" + strings.Repeat("0123456789abcdef\n", 8000)

// calls are the system calls that a delivery into a mailbox consists of.
var calls = []string{"openat", "newfstatat", "fstat", "lseek", "read", "write", "pread64", "flock", "fsync", "linkat",
	"unlinkat", "ftruncate", "close", "exit_group"}

func build(t *testing.T) string {
	t.Helper()
	program := filepath.Join(killtest.Dir(t), "qmail-local")
	killtest.Build(t, program, "/nonexistent")
	return program
}

// delivery is one user's home folder and the program that delivers there.
type delivery struct {
	program, instruction string
	home                 string
}

// command makes a new home folder, with a Maildir and an mbox.
func (d *delivery) command(t *testing.T) *exec.Cmd {
	t.Helper()
	d.home = filepath.Join(t.TempDir(), "h")
	clitest.Files(t, d.home, map[string]string{
		".qmail": d.instruction, "mbox": old, "message": header + body, "Maildir/tmp/": "", "Maildir/new/": "", "Maildir/cur/": "",
	})
	return d.again(t)
}

// again delivers to the same folder.
func (d *delivery) again(t *testing.T) *exec.Cmd {
	t.Helper()
	c := exec.Command(d.program, "joe", d.home, "joe", "", "", "x.y", "s@t.u", "./Mailbox")
	c.Stdin = clitest.Open(t, filepath.Join(d.home, "message"))
	return c
}

// check looks at what is in the mailboxes: all of it whole, and the message
// there if it was delivered. What is at the mbox's end may be part of a
// message only after a kill.
func (d *delivery) check(delivered bool) error {
	if d.instruction == "./mbox\n" {
		return checkMbox(d.home, delivered)
	}
	return checkMaildir(d.home, delivered)
}

func checkMaildir(home string, delivered bool) error {
	names, _ := filepath.Glob(home + "/Maildir/new/*")
	if delivered && len(names) == 0 {
		return errors.New("the message is lost")
	}
	for _, name := range names {
		if data, err := os.ReadFile(name); err != nil || string(data) != stored+body {
			return fmt.Errorf("in new: %d bytes, %v", len(data), err)
		}
	}
	return nil
}

func checkMbox(home string, delivered bool) error {
	data, err := os.ReadFile(home + "/mbox")
	if err != nil || !strings.HasPrefix(string(data), old) {
		return fmt.Errorf("older mail is gone: %.100q %v", data, err)
	}
	if delivered && !strings.Contains(string(data), "\n"+stored+">"+body+"\n") {
		return fmt.Errorf("the message is lost: %.200q", data)
	}
	if at := bytes.LastIndex(data, []byte("From s@t")); at > 0 && data[at-1] != '\n' {
		return fmt.Errorf("a message begins inside a line: %q", data[at-20:at+20])
	}
	return nil
}

var instructions = []string{"./Maildir/\n", "./mbox\n"}

// Killed anywhere, a delivery that was acknowledged is there, and the next
// try succeeds.
func TestKilled(t *testing.T) {
	program := build(t)
	for _, instruction := range instructions {
		d := &delivery{program: program, instruction: instruction}
		killtest.Walk(t, killtest.Kill, calls, func() *exec.Cmd { return d.command(t) }, func(at killtest.Point, err error) {
			if err := d.check(err == nil); err != nil {
				t.Errorf("%q, killed at %v: %v", instruction, at, err)
			}
			if err := d.again(t).Run(); err != nil {
				t.Errorf("%q, killed at %v, then %v", instruction, at, err)
			}
			if err := d.check(true); err != nil {
				t.Errorf("%q, killed at %v, tried again: %v", instruction, at, err)
			}
		})
	}
}

// When a call fails, the message is delivered, or it is to be tried again and
// nothing of it stays behind.
func TestFailing(t *testing.T) {
	program := build(t)
	for _, instruction := range instructions {
		d := &delivery{program: program, instruction: instruction}
		failing := []string{"openat", "newfstatat", "fstat", "lseek", "pread64", "flock", "write", "fsync", "linkat"}
		killtest.Walk(t, killtest.Fail("EIO"), failing, func() *exec.Cmd { return d.command(t) }, func(at killtest.Point, err error) {
			code := killtest.Code(err)
			if cerr := d.check(code == 0); cerr != nil || (code != 0 && code != 111) {
				t.Errorf("%q, %v failed: exit code %d, %v", instruction, at, code, cerr)
			}
			left, _ := filepath.Glob(d.home + "/Maildir/*/*")
			if code != 0 && (len(left) != 0 || clitest.Read(t, d.home+"/mbox") != old) {
				t.Errorf("%q, %v failed: left behind %q", instruction, at, left)
			}
		})
	}
}

// What is acknowledged has been synced: first the message, then, when it has
// its name, the folder.
func TestOrderOfSyncs(t *testing.T) {
	program := build(t)
	for instruction, order := range map[string]string{
		"./Maildir/\n": `openat\([^\n]*/tmp/[^/]*$.* write\(.* fsync\(.* linkat\(.* openat\([^\n]*/new".* fsync\(.* write\(1, "did 1`,
		"./fresh\n":    `openat\([^\n]*/fresh".* openat\([^\n]*/h".* fsync\(.* write\([^\n]*From s@t.* fsync\(.* write\(1, "did 1`,
	} {
		d := &delivery{program: program, instruction: instruction}
		lines := killtest.Trace(t, []string{"write", "fsync", "linkat", "openat"}, d.command(t))
		if trace := strings.Join(lines, "\n"); !regexp.MustCompile(`(?sm)` + order).MatchString(trace) {
			t.Errorf("%s", trace)
		}
	}
}
