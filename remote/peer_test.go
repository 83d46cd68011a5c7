package remote

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/tcpto"
)

// peer is a mail server that plays a script: a line for each reply, in which
// "|" stands for a line's end; "close" hangs up; "message" takes one.
type peer struct {
	addr netip.AddrPort
	mu   sync.Mutex
	got  []string // lines, a message as one
	done chan struct{}
}

func newPeer(t testing.TB, script ...string) *peer {
	t.Helper()
	return listen(t, func(p *peer, c net.Conn) { p.play(c, script) })
}

// listen makes a peer that does play with the first connection.
func listen(t testing.TB, play func(*peer, net.Conn)) *peer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &peer{addr: l.Addr().(*net.TCPAddr).AddrPort(), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		c, err := l.Accept()
		l.Close()
		if err == nil {
			play(p, c)
			c.Close()
		}
	}()
	t.Cleanup(func() { l.Close() })
	return p
}

func (p *peer) play(c net.Conn, script []string) {
	in := bufio.NewReader(c)
	for _, step := range script {
		switch step {
		case "close":
			return
		case "message":
			p.note(message(in))
			continue
		}
		io.WriteString(c, strings.ReplaceAll(step, "|", "\r\n")+"\r\n")
		if strings.HasPrefix(step, "354") {
			continue
		}
		line, _ := in.ReadString('\n')
		p.note(line)
	}
	rest, _ := io.ReadAll(in)
	if len(rest) > 0 {
		p.note(string(rest))
	}
}

func message(in *bufio.Reader) string {
	var b strings.Builder
	for {
		line, err := in.ReadString('\n')
		if err != nil || line == ".\r\n" {
			return b.String()
		}
		b.WriteString(line)
	}
}

func (p *peer) note(s string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.got = append(p.got, s)
}

// heard is all that the peer was sent.
func (p *peer) heard() []string {
	<-p.done
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.got
}

// zone is a Resolver: "host type" to what it finds, as values or an error.
type zone map[string]any

func (z zone) find(key string) (any, error) {
	switch v := z[key].(type) {
	case nil:
		return nil, &dns.Error{Name: key, Err: dns.ErrNoName}
	case error:
		return nil, v
	default:
		return v, nil
	}
}

func (z zone) MX(name string) ([]dns.MX, error) {
	v, err := z.find(name + " MX")
	list, _ := v.([]dns.MX)
	return append([]dns.MX{}, list...), err
}

func (z zone) addresses(key string) (list []netip.Addr, err error) {
	v, err := z.find(key)
	s, _ := v.(string)
	for _, word := range strings.Fields(s) {
		list = append(list, netip.MustParseAddr(word))
	}
	return list, err
}

func (z zone) IPv4(name string) ([]netip.Addr, error) { return z.addresses(name + " A") }
func (z zone) IPv6(name string) ([]netip.Addr, error) { return z.addresses(name + " AAAA") }

var errSoft = errors.New("nobody knows")

// net1 is the hosts that answer, by address and port; "time out" and errors
// are possible too. What is not in it refuses.
type net1 map[string]any

func (n net1) dial(_ netip.Addr, addr netip.AddrPort, connect, timeout time.Duration) (io.ReadWriteCloser, error) {
	switch v := n[addr.String()].(type) {
	case *peer:
		return TCP(netip.Addr{}, v.addr, connect, timeout)
	case error:
		return nil, v
	}
	return nil, syscall.ECONNREFUSED
}

// entries is the lines of a control file.
func entries(lines ...string) (list []control.Entry) {
	for i, line := range lines {
		list = append(list, control.Entry{Text: line, Line: i + 1})
	}
	return list
}

func smtpRoutes(lines ...string) Routes {
	return NewRoutes("smtproutes", DefaultPort, entries(lines...))
}

const long = 20 * time.Second

var now = time.Unix(1_800_000_000, 0)

func engine(t testing.TB, z zone, n net1, routes ...string) *Engine {
	t.Helper()
	return &Engine{
		Settings: Settings{HeloHost: "me.example", Routes: smtpRoutes(routes...), ConnectTimeout: long, Timeout: long},
		Resolver: z, Dial: n.dial,
		Local: func() ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("192.0.2.100")}, nil
		},
		Mine:     func() (Mine, error) { return Mine{}, nil },
		TLS:      func(host string, _ Demand) (Policy, error) { return Policy{Host: host}, nil },
		NewLogin: func([]string, Login, io.ReadWriteCloser) Mechanism { return nil },
		TimedOut: tcpto.Table(filepath.Join(t.TempDir(), "none")),
		Now:      func() time.Time { return now },
	}
}

// text is a Result as qmail-remote prints it, NULs as vertical bars.
func text(r Result) string { return strings.ReplaceAll(string(r.Append(nil)), "\x00", "|") }
