package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/home"
	"qmailkit/internal/homesock"
	"qmailkit/internal/ids"
	"qmailkit/internal/qclient"
	"qmailkit/internal/queue"
	"qmailkit/internal/queuewire"
)

// world is a home with a queue of two folders, and a server at its socket.
type world struct {
	t *testing.T
	p *cmd.Proc
	s *server
	l net.Listener
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{
		"bin/": "", "queue/pid/": "", "queue/intd/": "", "queue/todo/": "", "queue/mess/0/": "", "queue/mess/1/": "", "queue/lock/": "",
	})
	p, _ := clitest.Proc(t, "qmail-queued", clitest.World{Home: dir})
	q, err := queue.Open(dir + "/queue")
	if err != nil {
		t.Fatal(err)
	}
	origins, err := (&ids.Home{Single: true}).Origins()
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, p: p, s: newServer(q, origins, false, p)}
	if w.l, err = homesock.Listen(p, queuewire.Socket, uint32(os.Getuid()), 0o666); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		w.s.serve(w.l)
		w.s.drain()
		close(ended)
	}()
	t.Cleanup(func() {
		w.l.Close()
		<-ended
	})
	return w
}

// files returns how many files each folder of the queue has.
func (w *world) files() string {
	var all []string
	for _, pattern := range []string{"pid/*", "intd/*", "todo/*", "mess/*/*"} {
		found, _ := filepath.Glob(w.p.InHome("queue", pattern))
		for range found {
			all = append(all, pattern[:4])
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func TestQueued(t *testing.T) {
	w := newWorld(t)
	m, err := qclient.Open(w.p)
	if err != nil {
		t.Fatal(err)
	}
	m.WriteString("Subject: x\n\n")
	big := strings.Repeat("0123456789abcde\n", 10000)
	m.Write([]byte(big))
	m.From("a@b.example")
	m.To("u@test.example")
	m.To("v@test.example")
	if err := m.Close(); err != nil || m.PID() == 0 {
		t.Fatal(err, m.PID())
	}
	if got := w.files(); got != "intd mess todo" {
		t.Errorf("%s", got)
	}
	names, _ := filepath.Glob(w.p.InHome("queue/mess/*/*"))
	text, _ := os.ReadFile(names[0])
	first, rest, _ := strings.Cut(string(text), "\n")
	if !strings.HasPrefix(first, "Received: (qmail ") || !strings.Contains(first, " invoked by uid ") || rest != "Subject: x\n\n"+big {
		t.Errorf("%q and %d bytes", first, len(rest))
	}
	names, _ = filepath.Glob(w.p.InHome("queue/todo/*"))
	if text, _ := os.ReadFile(names[0]); !strings.HasSuffix(string(text), "\x00Fa@b.example\x00Tu@test.example\x00Tv@test.example\x00") {
		t.Errorf("%q", text)
	}
}

// What is not whole is not queued, and leaves nothing.
func TestNotWhole(t *testing.T) {
	w := newWorld(t)
	open := func() *qclient.Message {
		m, err := qclient.Open(w.p)
		if err != nil {
			t.Fatal(err)
		}
		m.WriteString(strings.Repeat("x", 100000))
		return m
	}
	open().Abandon()
	m := open()
	m.Fail()
	m.From("a@b.example")
	m.To("u@test.example")
	if err := m.Close(); err == nil {
		t.Error("a message that failed is queued")
	}
	m = open()
	m.From(strings.Repeat("x", queue.MaxAddress))
	if err := m.Close(); err == nil || err.Error() != "envelope address too long for qq (#5.1.3)" {
		t.Errorf("%v", err)
	}
	os.RemoveAll(w.p.InHome("queue/intd"))
	m = open()
	m.From("a@b.example")
	if err := m.Close(); err == nil || err.Error() != "qq trouble creating files in queue (#4.3.0)" {
		t.Errorf("%v", err)
	}
	w.l.Close()
	w.s.group.Wait()
	if got := w.files(); got != "" {
		t.Errorf("left: %s", got)
	}
}

func TestNonsense(t *testing.T) {
	w := newWorld(t)
	conn, err := net.Dial("unix", home.Socket(w.p.Home, queuewire.Socket))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n")
	if code, _, err := queuewire.ReadAnswer(conn); code != queue.CodeRead || err != nil || w.files() != "" {
		t.Errorf("%d %v %s", code, err, w.files())
	}
}

func TestManyAtOnce(t *testing.T) {
	w := newWorld(t)
	const many = 50
	var group sync.WaitGroup
	for range many {
		group.Go(func() {
			m, err := qclient.Open(w.p)
			if err != nil {
				t.Error(err)
				return
			}
			m.WriteString("x\n")
			m.From("")
			m.To("u@test.example")
			if err := m.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if got := strings.Count(w.files(), "todo"); got != many {
		t.Errorf("%d of %d", got, many)
	}
}

// A user's idle connections leave room for others; the first too many is told.
func TestTooMany(t *testing.T) {
	w := newWorld(t)
	var last net.Conn
	for range maxOfUser + 1 {
		conn, err := net.Dial("unix", home.Socket(w.p.Home, queuewire.Socket))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		last = conn
	}
	last.SetDeadline(time.Now().Add(time.Minute))
	if code, _, err := queuewire.ReadAnswer(last); code != queue.CodeRefused || err != nil {
		t.Errorf("%d %v", code, err)
	}
}

// Where nobody listens, or QMAILQUEUE is set, a program is run as ever.
func TestWithout(t *testing.T) {
	w := newWorld(t)
	clitest.Script(t, w.p.InHome("bin/qmail-queue"), "cat >/dev/null; exit 31")
	clitest.Script(t, w.p.InHome("bin/other"), "cat >/dev/null; exit 91")
	try := func() string {
		m, err := qclient.Open(w.p)
		if err != nil {
			t.Fatal(err)
		}
		m.From("")
		if err := m.Close(); err != nil {
			return err.Error()
		}
		return ""
	}
	w.p.Setenv("QMAILQUEUE", "bin/other")
	if got := try(); got != "qq internal bug (#4.3.0)" {
		t.Errorf("%q", got)
	}
	w.p.Unsetenv("QMAILQUEUE")
	w.l.Close()
	if got := try(); got != "mail server permanently rejected message (#5.3.0)" {
		t.Errorf("%q", got)
	}
}

// The whole program: a second one stays out, TERM ends the first.
func TestRun(t *testing.T) {
	w := newWorld(t)
	w.l.Close()
	if os.Getuid() == 0 {
		t.Skip("root would change this process's user")
	}
	done := make(chan error, 1)
	go func() { done <- Run(w.p) }()
	for {
		if conn, err := net.Dial("unix", home.Socket(w.p.Home, queuewire.Socket)); err == nil {
			conn.Close()
			break
		}
		select {
		case err := <-done:
			t.Fatal(err)
		default:
		}
	}
	if _, text := cmd.Outcome("qmail-queued", Run(w.p)); text != "qmail-queued: fatal: another one is running\n" {
		t.Errorf("%q", text)
	}
	syscall.Kill(os.Getpid(), syscall.SIGTERM)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
