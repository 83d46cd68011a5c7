package systest

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/home"
	"qmailkit/internal/queuewire"
)

const (
	slow   = 1000      // remote deliveries that hang
	beside = 100       // local messages meanwhile
	maxPSS = 200 << 10 // of qmail-rspawn, in kilobytes
	slowTo = ".slow.example"
)

// A thousand remote deliveries that hang neither take local mail's place nor
// much memory.
func TestSlowHosts(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		h := slowHost(t)
		s.control("concurrencyremote", strconv.Itoa(slow))
		s.control("smtproutes", slowTo+":"+h.address)
		s.queueDaemon(filepath.Join(s.home, "bin/qmail-queued"))
		s.up()
		for i := range slow {
			s.queue(fmt.Sprintf("u@d%d%s", i, slowTo))
		}
		s.busy(slow)
		s.await("all to be connected", func() bool { return h.asked.Load() == slow })
		s.small()
		for range beside {
			s.queue("ann@test.example")
		}
		s.await("the local mail", func() bool { return len(s.box("ann")) == beside })
		s.busy(slow)
		if n := h.taken.Load(); n != 0 {
			t.Errorf("%d remote messages are there already", n)
		}
		close(h.awake)
		s.idle()
		if n := h.taken.Load(); n != slow {
			t.Errorf("%d remote messages, not %d", n, slow)
		}
		s.down()
	})
}

// busy waits until no local delivery and all n remote ones are under way.
func (s *system) busy(n int) {
	s.t.Helper()
	s.await(fmt.Sprint(n, " remote deliveries"), func() bool {
		log := s.logText()
		last, _, _ := strings.Cut(log[strings.LastIndex(log, "\nstatus: ")+1:], "\n")
		return last == fmt.Sprintf("status: local 0/10 remote %d/%d", n, n)
	})
}

// queue puts a message to one recipient into the queue.
func (s *system) queue(to string) {
	s.t.Helper()
	c, err := queuewire.Dial(home.Socket(s.home, queuewire.Socket))
	s.must(err)
	defer c.Close()
	c.Message([]byte("Subject: to " + to + "\n\n" + strings.Repeat("x\n", 1000)))
	c.EndMessage()
	c.Envelope("Fjoe@test.example\x00T" + to + "\x00\x00")
	if code, _, err := c.Finish(); code != 0 || err != nil {
		s.t.Fatalf("qmail-queued: %d %v", code, err)
	}
}

// host takes mail, once it is awake.
type host struct {
	address string
	awake   chan struct{}
	asked   atomic.Int64 // to take so many
	taken   atomic.Int64
}

func slowHost(t *testing.T) *host {
	t.Helper()
	h := &host{awake: make(chan struct{})}
	h.address = clitest.Serve(t, "tcp", "127.0.0.1:0", h.session).String()
	return h
}

// session is one of SMTP; at the word DATA the host falls asleep.
func (h *host) session(conn net.Conn) {
	in := bufio.NewReader(conn)
	fmt.Fprint(conn, "220 slow\r\n")
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch verb, _, _ := strings.Cut(strings.TrimSpace(line), " "); verb {
		case "DATA":
			h.asked.Add(1)
			<-h.awake
			fmt.Fprint(conn, "354 go\r\n")
			for line != ".\r\n" && err == nil {
				line, err = in.ReadString('\n')
			}
			if err == nil {
				h.taken.Add(1)
			}
			fmt.Fprint(conn, "250 taken\r\n")
		case "QUIT":
			fmt.Fprint(conn, "221 bye\r\n")
			return
		default:
			fmt.Fprint(conn, "250 ok\r\n")
		}
	}
}

// child returns the folder in /proc of a child of the process parent that is
// called name; "" where there is none, or nobody tells.
func child(t *testing.T, parent, name string) string {
	t.Helper()
	for _, status := range globbed(t, "/proc/[0-9]*/status") {
		text, err := os.ReadFile(status)
		if err == nil && bytes.HasPrefix(text, []byte("Name:\t"+name+"\n")) && bytes.Contains(text, []byte("\nPPid:\t"+parent+"\n")) {
			return filepath.Dir(status)
		}
	}
	return ""
}

// small fails where qmail-rspawn starts programs, or has too much memory, shared
// pages in parts.
func (s *system) small() {
	s.t.Helper()
	rspawn := child(s.t, strconv.Itoa(s.send.Process.Pid), "qmail-rspawn")
	if rspawn == "" {
		s.t.Log("nobody tells about processes here")
		return
	}
	if child(s.t, filepath.Base(rspawn), "qmail-remote") != "" {
		s.t.Error("qmail-rspawn starts qmail-remote")
	}
	rollup, err := os.ReadFile(filepath.Join(rspawn, "smaps_rollup"))
	s.must(err)
	_, rest, found := strings.Cut(string(rollup), "\nPss:")
	if !found {
		s.t.Fatalf("what is its memory? %s", rollup)
	}
	n, err := strconv.Atoi(strings.Fields(rest)[0])
	s.must(err)
	s.t.Logf("qmail-rspawn has %d kB, with %d deliveries", n, slow)
	if n > maxPSS {
		s.t.Errorf("more than %d kB", maxPSS)
	}
}
