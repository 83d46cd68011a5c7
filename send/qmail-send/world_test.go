package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"qmailkit/internal/queue"
	"qmailkit/send"
)

// world is a queue in a temporary folder and a loop at work in it. The test is
// the spawners, qmail-clean and qmail-queue; it runs in a synctest bubble, so
// that a week of retries takes no time.
type world struct {
	t    *testing.T
	q    *queue.Queue
	conf *config
	l    *loop
	end  chan struct{} // closed when the loop has ended

	mu        sync.Mutex
	log       bytes.Buffer
	asked     []string                               // "local 0 8/100 sender recipient", "clean todo/100"
	answer    func(channel, recipient string) string // the report; "" holds it
	held      []func(report string)                  // deliveries without an answer yet
	cleanSays func(request string) string            // instead of obeying, unless ""
	cleanLate time.Duration                          // how long it takes for an answer
	injecting func()
	result    func(job bounceJob, text string) bounceResult // of an injection
	bounced   []string                                      // "sender: text of the bounce file"
}

const testSplit = 3

func testConfig() *config {
	return &config{
		rules:    send.NewRules([]string{"here"}, []string{"virt:joe"}, nil, "here"),
		lifetime: defaultLifetime, limit: [send.Channels]int{10, 20}, doubleBounceTo: "postmaster@here",
	}
}

func newWorld(t *testing.T, splitTodo bool) *world {
	root := t.TempDir()
	q := &queue.Queue{Root: root, Split: testSplit, SplitTodo: splitTodo}
	for _, dir := range []string{"mess", "info", "local", "remote", "todo", "intd", "bounce", "lock"} {
		for _, sub := range q.Dirs(dir) {
			if err := os.MkdirAll(filepath.Join(root, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
	}
	return &world{t: t, q: q, conf: testConfig()}
}

// start runs a new loop; stop ends it as TERM does.
func (w *world) start() {
	w.l = newLoop(w.conf, w.q, &logger{out: lockedLog{w}}, time.Now)
	w.l.inject = w.injectBounce
	for c, ch := range w.l.channels {
		ch.out = &spawnerWire{w: w, c: send.Channel(c), l: w.l}
	}
	w.l.clean.out = &cleanWire{w: w, l: w.l}
	end := make(chan struct{})
	w.end = end
	go func() {
		defer close(end)
		w.l.run()
	}()
}

func (w *world) stop() {
	w.l.post(func() { w.l.exiting = true })
	<-w.end
	synctest.Wait()
}

// stopEmpty is stop where nothing may be left in the queue.
func (w *world) stopEmpty() {
	w.t.Helper()
	w.stop()
	if files := w.files(); len(files) != 0 {
		w.t.Errorf("left: %v", files)
	}
}

// lockedLog lets the test read the log while the loop writes it.
type lockedLog struct{ w *world }

func (b lockedLog) Write(p []byte) (int, error) {
	b.w.mu.Lock()
	defer b.w.mu.Unlock()
	return b.w.log.Write(p)
}

func (w *world) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.SplitAfter(w.log.String(), "\n")
}

// requests returns what the spawners and qmail-clean were asked so far.
func (w *world) requests() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.asked)
}

// spawnerWire is a spawner: it answers each request as the test wants.
type spawnerWire struct {
	w   *world
	c   send.Channel
	l   *loop
	buf []byte
}

func (s *spawnerWire) Write(b []byte) (int, error) { return s.TryWrite(b) }

func (s *spawnerWire) TryWrite(b []byte) (int, error) {
	for s.buf = append(s.buf, b...); len(s.buf) > 0; {
		fields := bytes.SplitN(s.buf[1:], []byte{0}, 4)
		if len(fields) < 4 {
			break
		}
		slot := s.buf[0]
		s.buf = fields[3]
		s.request(slot, string(fields[0]), string(fields[1]), string(fields[2]))
	}
	return len(b), nil
}

func (s *spawnerWire) request(slot byte, message, sender, recipient string) {
	w := s.w
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, s.c.String()+" "+strconv.Itoa(int(slot))+" "+message+" "+sender+" "+recipient)
	report := "K"
	if w.answer != nil {
		report = w.answer(s.c.String(), recipient)
	}
	say := func(report string) {
		s.l.post(func() { s.l.heard(s.c, append(append([]byte{slot}, report...), 0)) })
	}
	if report == "" {
		w.held = append(w.held, say)
	} else {
		go say(report)
	}
}

// release answers what is held.
func (w *world) release(report string) {
	w.mu.Lock()
	held := w.held
	w.held = nil
	w.mu.Unlock()
	for _, say := range held {
		say(report)
	}
}

// cleanWire is qmail-clean.
type cleanWire struct {
	w *world
	l *loop
}

func (c *cleanWire) Write(b []byte) (int, error) { return c.TryWrite(b) }

func (c *cleanWire) TryWrite(b []byte) (int, error) {
	w := c.w
	var said []byte
	for request := range strings.SplitSeq(strings.TrimSuffix(string(b), "\x00"), "\x00") {
		w.mu.Lock()
		w.asked = append(w.asked, "clean "+request)
		answer := ""
		if w.cleanSays != nil {
			answer = w.cleanSays(request)
		}
		w.mu.Unlock()
		if answer == "" {
			what, _, _ := strings.Cut(request, "/")
			id, ok := queue.ParseID(request[strings.LastIndexByte(request, '/')+1:])
			if !ok {
				w.t.Errorf("clean was asked for %q", request)
			}
			for _, dir := range map[string][]string{"todo": {"intd", "todo"}, "foop": {"intd", "mess"}}[what] {
				os.Remove(w.q.Path(dir, id))
			}
			answer = "+"
		}
		said = append(said, answer...)
	}
	go func() {
		time.Sleep(w.cleanLate)
		c.l.post(func() { c.l.clean.heard(c.l, said) })
	}()
	return len(b), nil
}

func (w *world) injectBounce(job bounceJob) bounceResult {
	if w.injecting != nil {
		w.injecting()
	}
	text, _ := os.ReadFile(w.q.Path("bounce", job.id))
	w.mu.Lock()
	defer w.mu.Unlock()
	r := bounceResult{qp: 7}
	if w.result != nil {
		r = w.result(job, string(text))
	}
	if r.qp != 0 {
		w.bounced = append(w.bounced, job.sender+": "+string(text))
	}
	return r
}

// put makes a file of the queue that is as old as age.
func (w *world) put(dir string, id queue.ID, text string, age time.Duration) {
	w.t.Helper()
	tmp := filepath.Join(w.q.Root, "lock", "new")
	if err := os.WriteFile(tmp, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	at := time.Now().Add(-age)
	if err := os.Chtimes(tmp, at, at); err != nil {
		w.t.Fatal(err)
	}
	if err := os.Rename(tmp, w.q.Path(dir, id)); err != nil {
		w.t.Fatal(err)
	}
}

// queued puts a message into the queue as qmail-queue does, and pulls the
// trigger.
func (w *world) queued(id queue.ID, sender string, recipients ...string) {
	w.t.Helper()
	w.put("mess", id, "Subject: x\n\nhi\n", 0)
	w.put("todo", id, todoText(sender, recipients...), 0)
	if w.l != nil {
		w.pull()
	}
}

func (w *world) pull() { w.l.post(func() { w.l.todo.pulled = true }) }

func todoText(sender string, recipients ...string) string {
	text := "u1000\x00p999\x00F" + sender + "\x00"
	for _, r := range recipients {
		text += "T" + r + "\x00"
	}
	return text
}

// files returns what is in the queue: "local/1/100".
func (w *world) files() []string {
	w.t.Helper()
	var all []string
	for _, dir := range []string{"mess", "info", "local", "remote", "bounce", "todo", "intd"} {
		for _, sub := range w.q.Dirs(dir) {
			entries, err := os.ReadDir(filepath.Join(w.q.Root, sub))
			if err != nil {
				w.t.Fatal(err)
			}
			for _, e := range entries {
				if !e.IsDir() {
					all = append(all, sub+"/"+e.Name())
				}
			}
		}
	}
	return all
}

func (w *world) read(dir string, id queue.ID) string {
	b, err := os.ReadFile(w.q.Path(dir, id))
	if err != nil {
		return "<" + err.(*os.PathError).Err.Error() + ">"
	}
	return string(b)
}

// bubble runs test in a synctest bubble whose clock agrees with the disk's.
func bubble(t *testing.T, test func(t *testing.T)) {
	behind := time.Now()
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(behind) + 2*time.Second)
		test(t)
	})
}

// wantLog compares the whole log.
func (w *world) wantLog(want ...string) {
	w.t.Helper()
	got := strings.Join(w.lines(), "")
	if all := strings.Join(want, "\n") + "\n"; got != all {
		w.t.Errorf("log:\n%swant:\n%s", got, all)
	}
}
