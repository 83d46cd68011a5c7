package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
)

// walked is a home whose programs are killed while the mail of joe comes in:
// two messages, the second through the qmail-local that has stayed.
type walked struct {
	t    *testing.T
	home string
	told chan string // K for each message that was reported delivered
}

func (w *walked) command() *exec.Cmd {
	w.t.Helper()
	box := w.home + "/joe/Maildir"
	if err := os.RemoveAll(box); err != nil {
		w.t.Fatal(err)
	}
	clitest.Files(w.t, box, map[string]string{"tmp/": "", "new/": "", "cur/": ""})
	for _, dir := range []string{"", "/tmp", "/new", "/cur"} {
		if err := os.Chown(box+dir, owner(), -1); err != nil {
			w.t.Fatal(err)
		}
	}
	in, requests, err1 := os.Pipe()
	reports, out, err2 := os.Pipe()
	if err1 != nil || err2 != nil {
		w.t.Fatal(err1, err2)
	}
	c := exec.Command(w.home+"/bin/qmail-lspawn", "./Maildir/")
	c.Stdin, c.Stdout, c.Stderr = in, out, os.Stderr
	w.told = make(chan string, 1)
	w.t.Cleanup(func() { in.Close(); out.Close() })
	go func() {
		w.told <- askTwice(requests, reports)
		requests.Close()
		reports.Close()
	}()
	return c
}

// askTwice asks for the two messages, one after the other, and returns how each
// went: K, Z, D, or nothing.
func askTwice(requests, reports *os.File) (told string) {
	r := bufio.NewReader(reports)
	if _, err := r.ReadByte(); err != nil {
		return ""
	}
	for _, id := range []string{"7/77", "7/78"} {
		if _, err := requests.WriteString("\x01" + id + "\x00s@t\x00joe@h\x00"); err != nil {
			return told
		}
		report, err := r.ReadString(0)
		if err != nil {
			return told
		}
		told += report[1:2]
	}
	return told
}

// ended closes what the process held, and returns what deliver has.
func (w *walked) ended(c *exec.Cmd) string {
	c.Stdin.(*os.File).Close()
	c.Stdout.(*os.File).Close()
	return <-w.told
}

// check looks at the Maildir: what is in new is whole, and what was reported
// is there.
func (w *walked) check(told string) error {
	names, _ := filepath.Glob(w.home + "/joe/Maildir/new/*")
	all := ""
	for _, name := range names {
		text := clitest.Read(w.t, name)
		if !strings.HasSuffix(text, "\nb\n") && !strings.HasSuffix(text, "\n"+second) {
			return fmt.Errorf("in new: %.100q", text)
		}
		all += text
	}
	for i, part := range []string{"Subject: x\n", "Subject: second\n"} {
		if i < len(told) && told[i] == 'K' && !strings.Contains(all, part) {
			return fmt.Errorf("message %d is lost", i+1)
		}
	}
	return nil
}

var second = "Subject: second\n\n" + strings.Repeat("0123456789abcdef\n", 8000)

// Killed anywhere, whether it is qmail-lspawn or the qmail-local that stays,
// what was reported as delivered is there and whole, and all is delivered at
// the next try.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := &walked{t: t, home: newHome(t, strings.ReplaceAll(joe, "HOME", "FOLDER"))}
	killtest.BuildFor(t, w.home+"/bin/", w.home, ".", "../qmail-local")
	clitest.Files(t, w.home, map[string]string{"queue/mess/7/78": second})
	if err := os.Chown(w.home+"/queue/mess/7/78", owner(), -1); err != nil {
		t.Fatal(err)
	}
	calls := []string{"openat", "recvmsg", "sendmsg", "write", "fsync", "linkat", "unlinkat", "execve"}
	var c *exec.Cmd
	killed, half := 0, 0
	killtest.Walk(t, killtest.Kill, calls, func() *exec.Cmd { c = w.command(); return c }, func(at killtest.Point, err error) {
		told := w.ended(c)
		if err == nil && at == (killtest.Point{}) && told != "KK" {
			t.Fatalf("unharmed: %q", told)
		}
		if told != "KK" {
			killed++
		}
		if strings.HasPrefix(told, "K") && told != "KK" {
			half++
		}
		if err := w.check(told); err != nil {
			t.Errorf("killed at %v, told %q: %v", at, told, err)
		}
	})
	t.Logf("%d times not all was delivered, %d times only the first message", killed, half)
	if killed < 10 || half == 0 {
		t.Errorf("%d times not all was delivered, %d times only the first message: nothing was tested", killed, half)
	}
	again := w.command()
	if err := again.Run(); err != nil {
		t.Error(err)
	}
	if told := w.ended(again); told != "KK" || w.check(told) != nil {
		t.Errorf("at the next try %q, %v", told, w.check(told))
	}
}
