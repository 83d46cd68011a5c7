package main

import (
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/home"
	"qmailkit/internal/qclient"
	"qmailkit/internal/queue"
	"qmailkit/internal/queuewire"
)

func (w *world) dial() *net.UnixConn {
	w.t.Helper()
	conn, err := net.DialUnix("unix", nil, &net.UnixAddr{Name: home.Socket(w.p.Home, queuewire.Socket), Net: "unix"})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { conn.Close() })
	return conn
}

// queues has the server queue a message, which it does whatever others do.
func (w *world) queues() {
	w.t.Helper()
	m, err := qclient.Open(w.p)
	if err != nil {
		w.t.Fatal(err)
	}
	m.WriteString("x\n")
	m.From("")
	m.To("u@test.example")
	if err := m.Close(); err != nil {
		w.t.Error(err)
	}
}

// Whatever a client says that is no message and envelope, it hears why not, and
// nothing is left of it.
func TestHostileClients(t *testing.T) {
	w := newWorld(t)
	const chunk, end = "\x00\x00\x00\x02x\n", "\x00\x00\x00\x00"
	for name, c := range map[string]struct {
		said string
		code int
	}{
		"nothing":           {"", queue.CodeRead},
		"half a length":     {"\x00\x00", queue.CodeRead},
		"half a chunk":      {"\x00\x00\x00\x09x\n", queue.CodeRead},
		"no end":            {chunk, queue.CodeRead},
		"a huge chunk":      {"\xff\xff\xff\xffx\n", queue.CodeRead},
		"a large chunk":     {"\x00\x10\x00\x01x\n", queue.CodeRead},
		"no envelope":       {chunk + end, queue.CodeRead},
		"half an envelope":  {chunk + end + "Fa@b\x00Tu@test.example\x00", queue.CodeRead},
		"somebody else's":   {chunk + end + "u0\x00p1\x00Fa@b\x00Tu@test.example\x00\x00", queue.CodeFormat},
		"two senders":       {chunk + end + "Fa@b\x00Fc@d\x00\x00", queue.CodeFormat},
		"an endless sender": {chunk + end + "F" + strings.Repeat("x", 100000), queue.CodeAddress},
		"an endless name":   {chunk + end + "F\x00T" + strings.Repeat("x", 100000), queue.CodeAddress},
	} {
		conn := w.dial()
		io.WriteString(conn, c.said)
		conn.CloseWrite()
		if code, _, err := queuewire.ReadAnswer(conn); code != c.code || err != nil {
			t.Errorf("%s: %d %v", name, code, err)
		}
		if got := w.files(); got != "" {
			t.Errorf("%s: left %s", name, got)
		}
	}
	w.queues()
}

// Descriptors that a client sends do not stay here.
func TestDescriptorsSent(t *testing.T) {
	w := newWorld(t)
	conn := w.dial()
	r, own, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, part := range []string{"\x00\x00\x00\x02", "x\n", "\x00\x00\x00\x00F"} {
		if _, _, err := conn.WriteMsgUnix([]byte(part), syscall.UnixRights(int(own.Fd())), nil); err != nil {
			t.Fatal(err)
		}
	}
	own.Close()
	if _, err := r.Read(make([]byte, 1)); err != io.EOF {
		t.Error(err)
	}
	w.queues()
}

// Clients that begin and then say nothing more are in nobody's way, and at the
// end what they have sent is taken back.
func TestSilentClients(t *testing.T) {
	w := newWorld(t)
	const silent = maxOfUser - 1
	for range silent {
		io.WriteString(w.dial(), "\x00\x00\x10\x00"+strings.Repeat("x", 100))
	}
	w.queues()
	for strings.Count(w.files(), "mess") != silent+1 { // each has been heard
		runtime.Gosched()
	}
	w.l.Close()
	w.s.interrupt(true)
	w.s.group.Wait()
	if got := w.files(); got != "intd mess todo" {
		t.Errorf("left: %s", got)
	}
}
