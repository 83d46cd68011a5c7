package main

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/home"
	"qmailkit/internal/qclient"
	"qmailkit/internal/queue"
	"qmailkit/internal/queuewire"
)

// A client's messages come over one connection for as long as they are queued.
func TestAgain(t *testing.T) {
	w := newWorld(t)
	var many qclient.Many
	numbers := map[int]bool{}
	hand := func(sender string) error {
		m, err := many.Open(w.p)
		if err != nil {
			t.Fatal(err)
		}
		m.WriteString("x\n")
		m.From(sender)
		m.To("u@test.example")
		err = m.Close()
		numbers[m.PID()] = true
		return err
	}
	for i := range 3 {
		if err := hand("a@b.example"); err != nil {
			t.Fatal(err)
		}
		if n := w.connections(); n != 1 {
			t.Errorf("message %d: %d connections", i, n)
		}
	}
	if err := hand(strings.Repeat("x", queue.MaxAddress)); err == nil {
		t.Error("queued")
	}
	if err := hand(""); err != nil {
		t.Error(err)
	}
	if got := strings.Count(w.files(), "todo"); got != 4 || len(numbers) != 5 {
		t.Errorf("%d entries, numbers %v", got, numbers)
	}
	// The connection stays open, and the test's end waits for the server's, which
	// does not wait for it.
}

func (w *world) connections() int {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	return len(w.s.conns)
}

const whole = "\x00\x00\x00\x02x\n\x00\x00\x00\x00Fa@b\x00Tc@d\x00\x00"

// Messages that are sent without waiting for answers; a word that is not Again.
func TestAgainAtOnce(t *testing.T) {
	for what, wants := range map[string]struct{ answers, entries int }{
		whole + "a" + whole + "a" + whole:   {3*9 + 2, 3},
		whole + "a" + whole + "b" + whole:   {2*9 + 1, 2},
		whole + "a" + whole + "\x00" + "aa": {2*9 + 1, 2},
		whole + "a" + whole[:9]:             {2*9 + 1, 1},
		whole + "aGET / HTTP/1.0":           {2*9 + 1, 1},
	} {
		w := newWorld(t)
		conn, err := net.Dial("unix", home.Socket(w.p.Home, queuewire.Socket))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		io.WriteString(conn, what)
		conn.(*net.UnixConn).CloseWrite()
		said, _ := io.ReadAll(conn)
		w.l.Close()
		w.s.group.Wait()
		if entries := strings.Count(w.files(), "todo"); len(said) != wants.answers || entries != wants.entries {
			t.Errorf("%q: %q, %d entries", what, said, entries)
		}
	}
}

// At the end a client that is between two messages is let go at once; one that
// has begun its second may finish it.
func TestAgainAtEnd(t *testing.T) {
	w := newWorld(t)
	dial := func() net.Conn {
		conn, err := net.Dial("unix", home.Socket(w.p.Home, queuewire.Socket))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		io.WriteString(conn, whole+"a")
		io.ReadFull(conn, make([]byte, 10))
		return conn
	}
	idle, busy := dial(), dial()
	io.WriteString(busy, whole[:9])
	for { // until it has been heard
		if names, _ := filepath.Glob(w.p.InHome("queue/mess/*/*")); len(names) == 3 {
			break
		}
	}
	w.l.Close()
	if n, err := idle.Read(make([]byte, 1)); err != io.EOF {
		t.Errorf("%d %v", n, err)
	}
	io.WriteString(busy, whole[9:]+"a")
	if said, err := io.ReadAll(busy); len(said) != 10 || said[0] != 0 {
		t.Errorf("%q %v", said, err)
	}
	w.s.group.Wait()
	if got := strings.Count(w.files(), "todo"); got != 3 {
		t.Errorf("%d entries", got)
	}
}

// Messages that come together use the files of others that have left todo; none of
// them is left at the end.
func TestSpares(t *testing.T) {
	w := newWorld(t)
	w.s.queue.Spares = &queue.Spares{}
	var many qclient.Many
	held, err := many.Open(w.p) // a client that is not done, so that others are not alone
	if err != nil {
		t.Fatal(err)
	}
	held.WriteString(strings.Repeat("x", 100000))
	inodes := map[uint64]bool{}
	for range 6 {
		m, err := many.Open(w.p)
		if err != nil {
			t.Fatal(err)
		}
		m.WriteString("x\n")
		m.From("a@b.example")
		m.To("u@test.example")
		if err := m.Close(); err != nil {
			t.Fatal(err)
		}
		names, _ := filepath.Glob(w.p.InHome("queue/todo/*"))
		fi, err := os.Stat(names[0])
		if len(names) != 1 || err != nil {
			t.Fatal(names, err)
		}
		inodes[inode(fi)] = true
		os.Remove(w.p.InHome("queue/intd", filepath.Base(names[0])))
		os.Remove(names[0])
	}
	held.Abandon()
	w.l.Close()
	w.s.group.Wait()
	w.s.queue.Spares.Remove()
	if len(inodes) >= 6 {
		t.Errorf("%d files for 6 messages", len(inodes))
	}
	if got := w.files(); strings.Contains(got, "pid") {
		t.Errorf("left: %s", got)
	}
}

func inode(fi os.FileInfo) uint64 { return fi.Sys().(*syscall.Stat_t).Ino }
