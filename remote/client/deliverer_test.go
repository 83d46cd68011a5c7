package client

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/dnstest"
	"qmailkit/internal/sock"
	"qmailkit/remote"
)

// resumer is a mail server with TLS that knows its sessions again.
type resumer struct {
	config *tls.Config

	mu            sync.Mutex
	conns, resume int
	refuse        bool // breaks off handshakes that resume a session
}

func (r *resumer) serve(raw net.Conn) {
	r.mu.Lock()
	r.conns++
	r.mu.Unlock()
	var conn net.Conn = raw
	io.WriteString(conn, "220 mx.example\r\n")
	in := bufio.NewReader(conn)
	for {
		line, err := in.ReadString('\n')
		if err != nil {
			return
		}
		switch word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "EHLO":
			io.WriteString(conn, "250-mx.example\r\n250-STARTTLS\r\n250 PIPELINING\r\n")
		case "STARTTLS":
			io.WriteString(conn, "220 go\r\n")
			private := tls.Server(raw, r.config)
			if private.Handshake() != nil {
				return
			}
			r.mu.Lock()
			if private.ConnectionState().DidResume {
				r.resume++
			}
			r.mu.Unlock()
			conn, in = private, bufio.NewReader(private)
		case "DATA":
			io.WriteString(conn, "354 go\r\n")
			for line != ".\r\n" {
				if line, err = in.ReadString('\n'); err != nil {
					return
				}
			}
			io.WriteString(conn, "250 queued\r\n")
		default:
			io.WriteString(conn, "250 ok\r\n")
		}
	}
}

func TestDeliverer(t *testing.T) {
	cert, trusted := certificate(t)
	// By TLS 1.3 the client's part in a handshake is over before the server can
	// have anything against a session.
	r := &resumer{config: &tls.Config{Certificates: []tls.Certificate{cert}, MaxVersion: tls.VersionTLS12}}
	r.config.VerifyConnection = func(s tls.ConnectionState) error {
		r.mu.Lock()
		defer r.mu.Unlock()
		if s.DidResume && r.refuse {
			return io.ErrUnexpectedEOF
		}
		return nil
	}
	port := clitest.Serve(t, "tcp", "127.0.0.1:0", r.serve).(*net.TCPAddr).Port
	server := dnstest.Server(t, dnstest.Zone{"mx.example A": "127.0.0.1"})
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{
		"control/me": "me.example\n", "control/smtproutes": fmt.Sprintf(":mx.example:%d\n", port),
	})
	p, _ := clitest.Proc(t, "qmail-rspawn", clitest.World{Home: home, Env: []string{"DNSCACHEIP=" + server}})
	d := NewDeliverer(p)
	send := func(want string, conns, resume int) {
		t.Helper()
		result := d.Deliver(remote.Job{Host: "d.example", Sender: "s@b.example", Recipients: []string{"u@d.example"}, Message: strings.NewReader("hi\n")})
		r.mu.Lock()
		defer r.mu.Unlock()
		got := strings.ReplaceAll(string(result.Append(nil)), "\x00", "|")
		if got != want || r.conns != conns || r.resume != resume {
			t.Errorf("%d connections, %d resumed, %q", r.conns, r.resume, got)
		}
	}
	again := func() { // on other connections
		d.Close()
		d.idle = remote.Idle{}
	}
	private, proven := strings.Replace(private, "v1.3", "v1.2", 1), strings.Replace(proven, "v1.3", "v1.2", 1)
	send(private, 1, 0)
	send(private, 1, 0)
	again()
	send(private, 2, 1)
	again()
	clitest.Files(t, home, map[string]string{"control/tlshosts/mx.example.pem": trusted})
	send(proven, 3, 2)
	again()
	r.mu.Lock()
	r.refuse = true
	r.mu.Unlock()
	send(proven, 5, 2) // resumed in vain, then as if there had been no session
	again()
	clitest.Files(t, home, map[string]string{"control/smtproutes": ":mx.example:x\n"})
	send("ZUnable to use control/smtproutes:1: no valid port. (#4.3.5)\n|", 5, 2)
}

// Errors of connections are those that package remote knows.
func TestDialErrors(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	here := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	if _, err := dialTCP(netip.Addr{}, here, time.Minute, time.Minute); !isCall(err, "connect") || sock.TimedOut(err) {
		t.Errorf("nobody listens: %v", err)
	}
	if _, err := dialTCP(netip.Addr{}, here, 0, time.Minute); !sock.TimedOut(err) {
		t.Errorf("no time: %v", err)
	}
	if _, err := dialTCP(netip.MustParseAddr("192.0.2.1"), here, time.Minute, time.Minute); !isOpen(err) {
		t.Errorf("not our address: %v", err)
	}
}

func isCall(err error, name string) bool {
	call, ok := err.(interface{ Unwrap() error })
	return ok && call.Unwrap() == syscall.ECONNREFUSED && strings.HasPrefix(err.Error(), name)
}

func isOpen(err error) bool {
	_, ok := err.(*sock.OpenError)
	return ok
}
