package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
)

// keeper is a mail server that keeps what it has said yes to, by recipient.
type keeper struct {
	mu    sync.Mutex
	taken map[string]string
	conns int
}

// session takes messages. One that does not end as SMTP's do is none.
func (k *keeper) session(c net.Conn) {
	in := bufio.NewReader(c)
	io.WriteString(c, "220 x\r\n")
	to := ""
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch line = strings.TrimSpace(line); {
		case strings.HasPrefix(line, "RCPT TO:"):
			to = strings.TrimPrefix(line, "RCPT TO:")
			io.WriteString(c, "250 ok\r\n")
		case line == "DATA":
			io.WriteString(c, "354 go\r\n")
			text := ""
			for line != ".\r\n" {
				text += line
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
			}
			k.mu.Lock()
			k.taken[to] = strings.TrimPrefix(text, "DATA")
			k.mu.Unlock()
			io.WriteString(c, "250 ok\r\n")
		default:
			io.WriteString(c, "250 ok\r\n")
		}
	}
}

// listen returns its port.
func (k *keeper) listen(t *testing.T) (port string) {
	t.Helper()
	at := clitest.Serve(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		k.mu.Lock()
		k.conns++
		k.mu.Unlock()
		k.session(c)
	})
	_, port, _ = net.SplitHostPort(at.String())
	return port
}

// begin forgets what was taken.
func (k *keeper) begin() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.taken, k.conns = map[string]string{}, 0
}

// check compares what was taken with the message, and with what was told: a K or
// another letter for each of the deliveries that got an answer.
func (k *keeper) check(t *testing.T, at killtest.Point, told, message string) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	for to, text := range k.taken {
		if text != message {
			t.Errorf("killed at %v: %s got %d bytes of %d", at, to, len(text), len(message))
		}
	}
	for i, letter := range told {
		if to := "<" + recipients[i] + ">"; letter == 'K' && k.taken[to] == "" {
			t.Errorf("killed at %v: told %q, but %s got nothing", at, told, to)
		}
	}
}

// recipients are enough for the calls of the threads that share the work to lie
// in the deliveries after the first, too.
var recipients = []string{"a@d", "b@d", "c@d", "d@d", "e@d", "f@d"}

// askAll asks for a delivery to each, one after the other, and returns the
// letters of the reports.
func askAll(requests, reports *os.File) (told string) {
	r := bufio.NewReader(reports)
	if _, err := r.ReadByte(); err != nil {
		return ""
	}
	for _, to := range recipients {
		if _, err := requests.WriteString("\x017/77\x00s@b\x00" + to + "\x00"); err != nil {
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

// Killed anywhere while it delivers by itself, qmail-rspawn has told of no
// delivery that the host has not said yes to, be it a connection's first
// message or a later one; and the host has never taken a part for the whole.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	home := newHome(t)
	if err := os.Chmod(home, 0o755); err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("0123456789abcdef\n", 1000)
	k := &keeper{}
	port := k.listen(t)
	clitest.Files(t, home, map[string]string{"control/me": "me.example\n", "control/smtproutes": ":127.0.0.1:" + port + "\n", "queue/mess/7/77": body})
	makeProgram(t, home, "qmail-rspawn", "build_1")
	makeProgram(t, home, "qmail-remote", "build_1")
	told, whole := make(chan string, 1), strings.Repeat("K", len(recipients))
	var ends []*os.File
	command := func() *exec.Cmd {
		k.begin()
		in, requests, err1 := os.Pipe()
		reports, out, err2 := os.Pipe()
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		c := exec.Command(filepath.Join(home, "bin/qmail-rspawn"))
		c.Stdin, c.Stdout, c.Env = in, out, []string{"PATH=" + filepath.Join(home, "bin") + ":/usr/bin:/bin"}
		ends = []*os.File{in, out}
		go func() {
			told <- askAll(requests, reports)
			requests.Close()
			reports.Close()
		}()
		return c
	}
	ended := func() string {
		for _, f := range ends {
			f.Close() // its ends, else nobody sees that it is gone
		}
		return <-told
	}
	unharmed := command()
	if err := unharmed.Run(); err != nil {
		t.Fatal(err)
	}
	if got := ended(); got != whole || k.conns != 1 {
		t.Fatalf("unharmed: told %q, %d connections", got, k.conns)
	}
	killed, half := 0, 0
	calls := []string{"socket", "connect", "write", "close"}
	killtest.Walk(t, killtest.Kill, calls, command, func(at killtest.Point, err error) {
		got := ended()
		k.check(t, at, got, strings.ReplaceAll(body, "\n", "\r\n"))
		if err != nil {
			killed++
		}
		if got != "" && got != whole {
			half++
		}
	})
	t.Logf("killed %d times, %d times after the first delivery", killed, half)
	if killed < 10 || half == 0 {
		t.Errorf("killed %d times, %d times after the first delivery: nothing was tested", killed, half)
	}
}
