package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"qmailkit/internal/home"
	"qmailkit/internal/killtest"
	"qmailkit/internal/queuewire"
	"qmailkit/internal/trigger"
)

// peers are the spawners and the qmail-clean of a real process of qmail-send.
// Recipients whose names begin with "no" fail, all others are delivered to.
type peers struct {
	t    *testing.T
	home string
	more func() // is called when qmail-clean is asked for the first time

	mu        sync.Mutex
	delivered []string
	bounced   string
}

// listen takes bounces, as qmail-queued does.
func (w *peers) listen() {
	w.t.Helper()
	l, err := net.Listen("unix", home.Socket(w.home, queuewire.Socket))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			in := bufio.NewReader(conn)
			text, _ := io.ReadAll(queuewire.NewMessage(in))
			if end, _ := in.Peek(1); len(end) == 1 { // the envelope came, so the message was whole
				w.mu.Lock()
				w.bounced += string(text)
				w.mu.Unlock()
				conn.Write(queuewire.Answer(0, 1))
			}
			conn.Close()
		}
	}()
}

// process makes qmail-send, at work when it is run. It ends when the queue is
// empty. done is called after it has ended.
func (w *peers) process(program string) (c *exec.Cmd, done func()) {
	w.t.Helper()
	var theirs []*os.File
	pipe := func() (r, w *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			panic(err)
		}
		return r, w
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		w.t.Fatal(err)
	}
	theirs = append(theirs, null)
	var asked, told [3]*os.File
	for i := range asked {
		r1, w1 := pipe()
		r2, w2 := pipe()
		asked[i], told[i] = r1, w2
		theirs = append(theirs, w1, r2)
	}
	c = exec.Command(program)
	c.Stdin, c.Stdout, c.Stderr, c.ExtraFiles = theirs[0], theirs[1], theirs[2], theirs[3:]
	c.Env = []string{"PATH=/usr/bin:/bin"}
	var group sync.WaitGroup
	for i := range 2 {
		told[i].Write([]byte{5})
		group.Go(func() { w.spawner(asked[i], told[i]) })
	}
	group.Go(func() { w.clean(asked[2], told[2], told[0]) })
	return c, func() {
		for _, f := range theirs {
			f.Close()
		}
		group.Wait()
		for i := range asked {
			asked[i].Close()
			told[i].Close()
		}
	}
}

func (w *peers) spawner(asked, told *os.File) {
	r := bufio.NewReader(asked)
	for {
		slot, err := r.ReadByte()
		if err != nil {
			return
		}
		var fields [3]string
		for i := range fields {
			if fields[i], err = r.ReadString(0); err != nil {
				return
			}
		}
		recipient := strings.TrimSuffix(fields[2], "\x00")
		told.WriteString(string([]byte{slot}) + w.deliver(recipient) + "\x00")
	}
}

func (w *peers) deliver(recipient string) (report string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if strings.HasPrefix(recipient, "no") {
		return "Dno\n"
	}
	w.delivered = append(w.delivered, recipient)
	return "K"
}

// clean obeys. When nothing is to be done any more it has a spawner go, so that
// qmail-send ends.
func (w *peers) clean(asked, told, spawner *os.File) {
	r := bufio.NewReader(asked)
	for {
		request, err := r.ReadString(0)
		if err != nil {
			return
		}
		what, id, _ := strings.Cut(strings.TrimSuffix(request, "\x00"), "/")
		id = id[strings.LastIndexByte(id, '/')+1:]
		for _, dir := range map[string][]string{"todo": {"todo/"}, "foop": {"mess/*/"}}[what] {
			for _, name := range w.files(dir + id) {
				os.Remove(name)
			}
		}
		told.WriteString("+")
		if w.more != nil {
			w.more()
			w.more = nil
		}
		if !w.work() {
			spawner.Close()
		}
	}
}

// work tells whether there is a message that somebody waits for.
func (w *peers) work() bool { return len(w.files("todo/*"))+len(w.files("info/*/*")) > 0 }

func (w *peers) files(pattern string) []string {
	names, _ := filepath.Glob(w.home + "/queue/" + pattern)
	return names
}

// queue puts a message of the given number into the queue.
func (w *peers) queue(id string, recipients ...string) {
	for dir, text := range map[string]string{"mess/*/": "Subject: x\n\nhi\n", "todo/": todoText("s@here", recipients...)} {
		if dir == "mess/*/" {
			dir = "mess/" + string(rune(48+(id[0]-48)%testSplit)) + "/"
		}
		os.WriteFile(w.home+"/queue/"+dir+id, []byte(text), 0o644)
	}
}

// Killed at any system call, in the middle of messages that are delivered from
// their todo entries, written down, bounced: the next qmail-send sees to it
// that all have their mail and the sender hears of what failed.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := &peers{t: t, home: newHome(t)}
	program := filepath.Join(w.home, "bin/qmail-send")
	killtest.Build(t, program, w.home)
	mustMkdir(t, filepath.Join(w.home, "run"))
	w.listen()
	var done func()
	started := func(c *exec.Cmd, finish func()) *exec.Cmd { done = finish; return c }
	calls := []string{"openat", "unlinkat", "unlink", "newfstatat", "write", "pwrite64", "fsync", "utimensat", "close", "connect"}
	killed, twice := 0, 0
	killtest.Walk(t, killtest.Kill, calls, func() *exec.Cmd {
		w.mu.Lock()
		w.delivered, w.bounced = nil, ""
		w.mu.Unlock()
		w.queue("3", "first@here")
		w.more = func() {
			w.queue("4", "a@here", "b@far")
			w.queue("5", "c@here", "no@here", "no@far", "d@far")
			trigger.Pull(w.home + "/queue")
		}
		return started(w.process(program))
	}, func(at killtest.Point, err error) {
		done()
		if w.more != nil {
			w.more()
			w.more = nil
		}
		if err != nil {
			killed++
		}
		if w.work() {
			if err := started(w.process(program)).Run(); err != nil {
				t.Errorf("killed at %v, then %v", at, err)
			}
			done()
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		slices.Sort(w.delivered)
		if len(w.delivered) > 5 {
			twice++
		}
		if got := slices.Compact(slices.Clone(w.delivered)); !slices.Equal(got, []string{"a@here", "b@far", "c@here", "d@far", "first@here"}) {
			t.Errorf("killed at %v: delivered to %q", at, w.delivered)
		}
		if !strings.Contains(w.bounced, "<no@here>:") || !strings.Contains(w.bounced, "<no@far>:") {
			t.Errorf("killed at %v: bounced %q", at, w.bounced)
		}
		if left := slices.Concat(w.files("local/*/*"), w.files("remote/*/*"), w.files("bounce/*")); len(left) > 0 {
			t.Errorf("killed at %v: left %q", at, left)
		}
		for _, stray := range w.files("mess/*/*") { // a message that nobody waits for
			os.Remove(stray)
		}
	})
	t.Logf("killed %d times; %d times some were delivered to twice", killed, twice)
	if killed < 20 {
		t.Errorf("killed %d times: nothing was tested", killed)
	}
}
