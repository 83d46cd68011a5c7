package remote

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// stream is a connection that can be used again.
type stream struct {
	*net.TCPConn
	mu      sync.Mutex
	timeout time.Duration
}

func (s *stream) SetTimeout(d time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.timeout = d
}

func (s *stream) Quiet() (quiet bool) {
	raw, err := s.SyscallConn()
	if err != nil {
		return false
	}
	err = raw.Read(func(fd uintptr) bool {
		var b [1]byte
		_, _, err := unix.Recvfrom(int(fd), b[:], unix.MSG_PEEK|unix.MSG_DONTWAIT)
		quiet = err == unix.EAGAIN
		return true
	})
	return quiet && err == nil
}

// chain is an engine that keeps connections. Each new one is to the next peer.
type chain struct {
	*Engine
	t     *testing.T
	peers []*peer
	dials int
	last  *stream
}

func newChain(t *testing.T, scripts ...string) *chain {
	t.Helper()
	c := &chain{t: t, Engine: engine(t, nil, nil, ":10.0.0.1")}
	for _, s := range scripts {
		c.peers = append(c.peers, newPeer(t, strings.Split(s, "/")...))
	}
	c.Idle = &Idle{}
	c.Dial = func(netip.Addr, netip.AddrPort, time.Duration, time.Duration) (io.ReadWriteCloser, error) {
		if c.dials == len(c.peers) {
			return nil, syscall.ECONNREFUSED
		}
		conn, err := net.DialTCP("tcp", nil, net.TCPAddrFromAddrPort(c.peers[c.dials].addr))
		if err != nil {
			return nil, err
		}
		c.dials++
		c.last = &stream{TCPConn: conn}
		return c.last, nil
	}
	return c
}

// send delivers one message.
func (c *chain) send(message io.Reader) string {
	return text(c.Deliver(Job{Host: "d.example", Sender: "s@b.example", Recipients: []string{"u@d.example"}, Message: message}))
}

// finish has all connections closed and returns what each peer heard.
func (c *chain) finish() (heard []string) {
	c.Idle.Close()
	for _, p := range c.peers[:c.dials] {
		heard = append(heard, strings.ReplaceAll(strings.Join(p.heard(), ""), "\r\n", "|"))
	}
	return heard
}

const (
	scriptHello   = "220 x/250 ok/"
	scriptMessage = "250 ok/250 ok/354 go/message/250 queued"
	heardHello    = "EHLO me.example|"
	heardMessage  = "MAIL FROM:<s@b.example>|RCPT TO:<u@d.example>|DATA|hi|"
	queued        = "r|K10.0.0.1 accepted message.\nRemote host said: 250 queued\n|"
)

func TestReuse(t *testing.T) {
	first := scriptHello + scriptMessage
	fresh := scriptHello + scriptMessage
	whole := heardHello + heardMessage
	const from, to = "MAIL FROM:<s@b.example>|", "RCPT TO:<u@d.example>|"
	for what, c := range map[string]struct {
		script string // of the first connection, after its first message
		want   string // of the second message
		dials  int
		heard  string // on the first connection
	}{
		"used again":         {"/" + scriptMessage, queued, 1, whole + heardMessage + "QUIT|"},
		"hung up":            {"/close", queued, 2, ""},
		"about to":           {"/421 bye", queued, 2, whole + from + "QUIT|"},
		"has had enough":     {"/550 too many messages", queued, 2, whole + from + "QUIT|"},
		"gone at RCPT":       {"/250 ok/close", queued, 2, whole + from + to},
		"not this recipient": {"/250 ok/550 no", "h10.0.0.1 does not like recipient.\nRemote host said: 550 no\n|DGiving up on 10.0.0.1.\n|", 1, whole + from + to + "QUIT|"},
		"nor now":            {"/250 ok/450 not now", queued, 2, whole + from + to + "QUIT|"},
		"no message":         {"/250 ok/250 ok/451 not now", queued, 2, whole + from + to + "DATA|QUIT|"},
		"refused message":    {"/250 ok/250 ok/354 go/message/554 no", "r|D10.0.0.1 failed after I sent the message.\nRemote host said: 554 no\n|", 1, whole + heardMessage + "QUIT|"},
		"gone with it":       {"/250 ok/250 ok/354 go/message/close", "r|ZConnected to 10.0.0.1 but connection died. Possible duplicate! (#4.4.2)\n|", 1, whole + heardMessage},
		"talks":              {"|250 and more", queued, 2, ""},
	} {
		t.Run(what, func(t *testing.T) {
			c2 := newChain(t, first+c.script, fresh)
			if got := c2.send(strings.NewReader("hi\n")); got != queued {
				t.Fatalf("first: %q", got)
			}
			if got := c2.send(strings.NewReader("hi\n")); got != c.want || c2.dials != c.dials {
				t.Errorf("%d connections, %q", c2.dials, got)
			}
			heard := c2.finish()
			if c.heard != "" && heard[0] != c.heard {
				t.Errorf("heard %q", heard[0])
			}
			if c.dials == 2 && heard[1] != whole+"QUIT|" {
				t.Errorf("heard %q", heard[1])
			}
		})
	}
}

// Time to answer is short on a connection that was idle, until it has answered.
func TestDoubt(t *testing.T) {
	c := newChain(t, scriptHello+scriptMessage+"/"+scriptMessage)
	c.Timeout = 20 * time.Minute
	c.send(strings.NewReader("hi\n"))
	c.send(strings.NewReader("hi\n"))
	if c.last.timeout != c.Timeout || c.dials != 1 {
		t.Errorf("%v, %d connections", c.last.timeout, c.dials)
	}
	c.finish()
}

// What is arranged otherwise goes another way.
func TestPlaces(t *testing.T) {
	for what, change := range map[string]func(*Engine){
		"name":    func(e *Engine) { e.HeloHost = "other.example" },
		"TLS":     func(e *Engine) { e.TLS = func(string, Demand) (Policy, error) { return Policy{Avoid: true}, nil } },
		"port":    func(e *Engine) { e.Routes = smtpRoutes(":10.0.0.1:26") },
		"address": func(e *Engine) { e.Routes = smtpRoutes(":10.0.0.2") },
		"source":  func(e *Engine) { e.Sources.own[0] = binding{own: netip.MustParseAddr("10.0.0.9")} },
		"broken": func(e *Engine) {
			e.TLS = func(string, Demand) (Policy, error) { return Policy{}, errors.New("cannot tell") }
		},
		"nothing": func(e *Engine) {},
	} {
		c := newChain(t, scriptHello+scriptMessage+"/"+scriptMessage, scriptHello+scriptMessage)
		c.send(strings.NewReader("hi\n"))
		change(c.Engine)
		c.send(strings.NewReader("hi\n"))
		if want := map[bool]int{true: 1, false: 2}[what == "nothing"]; c.dials != want {
			t.Errorf("%s: %d connections, want %d", what, c.dials, want)
		}
		c.finish()
	}
}

// A message that can be read only once gets a connection of its own.
func TestReadOnce(t *testing.T) {
	c := newChain(t, scriptHello+scriptMessage, scriptHello+scriptMessage)
	c.send(io.MultiReader(strings.NewReader("hi\n")))
	c.send(io.MultiReader(strings.NewReader("hi\n")))
	if c.dials != 2 || len(c.Idle.conns) != 0 {
		t.Errorf("%d connections", c.dials)
	}
}

func TestExpire(t *testing.T) {
	c := newChain(t, scriptHello+scriptMessage)
	c.send(strings.NewReader("hi\n"))
	c.Idle.mu.Lock()
	c.Idle.conns[0].since = time.Now().Add(-idleTime)
	c.Idle.mu.Unlock()
	c.Idle.expire()
	if got := c.peers[0].heard(); got[len(got)-1] != "QUIT\r\n" || len(c.Idle.conns) != 0 {
		t.Errorf("%q", got)
	}
}

// Connections that are too many, too old or too late are ended.
func TestBounds(t *testing.T) {
	var idle Idle
	for n, messages := 0, 1; n < maxIdleHere+3; n++ {
		ours, theirs := net.Pipe()
		go io.Copy(io.Discard, theirs)
		c := newConn(ours, Target{})
		if n == 0 {
			messages = maxMessages
		} else {
			messages = 1
		}
		c.place, c.messages = &place{}, messages
		idle.give(c)
	}
	if len(idle.conns) != maxIdleHere {
		t.Errorf("%d wait", len(idle.conns))
	}
	idle.Close()
	ours, theirs := net.Pipe()
	c := newConn(ours, Target{})
	c.place = &place{}
	idle.give(c)
	if b, _ := io.ReadAll(theirs); string(b) != "QUIT\r\n" || len(idle.conns) != 0 {
		t.Errorf("%q", b)
	}
}
