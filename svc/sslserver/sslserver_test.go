package main

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/listentest"
	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, map[string]scripttest.Program{"sslserver": Run})
}

func secure(t *testing.T, conn net.Conn, certs ...tls.Certificate) *tls.Conn {
	t.Helper()
	c, err := handshake(conn, certs...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func handshake(conn net.Conn, certs ...tls.Certificate) (*tls.Conn, error) {
	c := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, Certificates: certs})
	return c, c.Handshake()
}

func ask(t *testing.T, c *tls.Conn, text string) string {
	t.Helper()
	io.WriteString(c, text)
	c.CloseWrite()
	b, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("after %q: %v", b, err)
	}
	return string(b)
}

func TestProgram(t *testing.T) {
	env := []string{"CERTFILE=" + listentest.Certificate(t, "server.test"), "CIPHERS=DEFAULT"}
	s := listentest.Start(t, env, "sslserver", "-1veRHl0", "-s", "-Bbanner ", "127.0.0.1", "0", "sh", "-c",
		`cat; echo $PROTO $SSLREMOTEIP $TCPREMOTEIP $SSL_PROTOCOL $SSL_SERVER_S_DN_CN $SSL_CLIENT_VERIFY; exit 3`)
	if got := ask(t, secure(t, s.Dial("127.0.0.1")), "text\n"); got != "banner text\nSSL 127.0.0.1 127.0.0.1 TLSv1.3 server.test NONE\n" {
		t.Errorf("%q", got)
	}
	want := []string{"sslserver: warning: CIPHERS is not used: crypto/tls chooses ciphers and temporary keys", "sslserver: status: 0/40",
		"sslserver: status: 1/40", "sslserver: pid P from 127.0.0.1", "sslserver: ok P 0:127.0.0.1:P :127.0.0.1::P", "sslserver: ssl", "sslserver: end P status 768"}
	for i, line := range s.Lines(len(want)) {
		if !strings.HasPrefix(line, want[i]) {
			t.Errorf("%s, not %s", line, want[i])
		}
	}
}

// What is long arrives whole, both ways.
func TestLong(t *testing.T) {
	env := []string{"CERTFILE=" + listentest.Certificate(t, "server.test")}
	s := listentest.Start(t, env, "sslserver", "-1RHl0", "127.0.0.1", "0", "cat")
	c := secure(t, s.Dial("127.0.0.1"))
	text := strings.Repeat("0123456789", 100_000)
	go func() {
		io.WriteString(c, text)
		c.CloseWrite()
	}()
	if b, err := io.ReadAll(c); err != nil || string(b) != text {
		t.Error(len(b), err)
	}
}

// A client that does not speak TLS gets no program, nor does one without the
// certificate that it must have.
func TestRefused(t *testing.T) {
	own, other := listentest.Certificate(t, "client.test"), listentest.Certificate(t, "other.test")
	env := []string{"CERTFILE=" + listentest.Certificate(t, "server.test"), "CAFILE=" + own}
	s := listentest.Start(t, env, "sslserver", "-1isRHl0", "127.0.0.1", "0", "sh", "-c", "echo $SSL_CLIENT_S_DN_CN $SSL_CLIENT_VERIFY")
	s.Ask("127.0.0.1", "EHLO client.test\r\n")
	if line := s.Lines(1)[0]; !strings.HasPrefix(line, "sslserver: warning: dropping connection, unable to SSL accept: ") {
		t.Error(line)
	}
	for path, want := range map[string]string{"": "no client certificate", other: "unable to verify client certificate", own: ""} {
		var certs []tls.Certificate
		if path != "" {
			pair, err := tls.LoadX509KeyPair(path, path)
			if err != nil {
				t.Fatal(err)
			}
			certs = append(certs, pair)
		}
		c := tls.Client(s.Dial("127.0.0.1"), &tls.Config{InsecureSkipVerify: true, GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			if certs == nil {
				return &tls.Certificate{}, nil
			}
			return &certs[0], nil
		}})
		b, _ := io.ReadAll(c)
		if want == "" {
			if string(b) != "client.test SUCCESS\n" {
				t.Errorf("%q", b)
			}
			continue
		}
		if line := s.Lines(1)[0]; line != "sslserver: warning: dropping connection, "+want || len(b) > 0 {
			t.Errorf("%q %s", b, line)
		}
	}
}

// With -n the program talks in the open until it asks for TLS.
func TestDelayed(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("the program needs python3")
	}
	const program = `
import os, sys
word = sys.argv[1]
os.write(1, b"open\n")
if os.read(0, 1) != b"s": sys.exit()
control, read, write = (int(os.environ["SSL%sFD" % n]) for n in ("CTL", "READ", "WRITE"))
os.write(control, word.encode())
told = b""
while word == "Y" and not told.endswith(b"\0\0"): told += os.read(control, 9999)
os.write(write, b"secret " + os.read(read, 5) + (b" told" if b"SSL_SERVER_S_DN_CN=server.test\0" in told else b""))
`
	env := []string{"CERTFILE=" + listentest.Certificate(t, "server.test")}
	for word, want := range map[string]string{"y": "secret hello", "Y": "secret hello told"} {
		s := listentest.Start(t, env, "sslserver", "-1nRHl0", "127.0.0.1", "0", "python3", "-c", program, word)
		for _, begin := range []string{"s", "x"} {
			conn := s.Dial("127.0.0.1")
			b := make([]byte, 5)
			if _, err := io.ReadFull(conn, b); err != nil || string(b) != "open\n" {
				t.Fatal(string(b), err)
			}
			io.WriteString(conn, begin)
			if begin == "x" {
				if rest, err := io.ReadAll(conn); err != nil || len(rest) > 0 {
					t.Error(rest, err)
				}
			} else if got := ask(t, secure(t, conn), "hello"); got != want {
				t.Errorf("%q", got)
			}
		}
		if code, log := s.Rest(); code != 0 || log != "" {
			t.Error(code, log)
		}
	}
}

// A SIGTERM ends connections that have ended, not those that are under way.
func TestTerm(t *testing.T) {
	env := []string{"CERTFILE=" + listentest.Certificate(t, "server.test")}
	s := listentest.Start(t, env, "sslserver", "-1RHl0", "127.0.0.1", "0", "cat")
	c := secure(t, s.Dial("127.0.0.1"))
	b := make([]byte, 1)
	io.WriteString(c, "a")
	if _, err := io.ReadFull(c, b); err != nil {
		t.Fatal(err)
	}
	s.Cmd.Process.Signal(syscall.SIGTERM)
	for { // until it listens no more
		conn, err := net.Dial("tcp", "127.0.0.1:"+s.Port)
		if err != nil {
			break
		}
		conn.Close()
	}
	if got := ask(t, c, "more"); got != "more" {
		t.Errorf("%q", got)
	}
	if err := s.Cmd.Wait(); err != nil {
		t.Error(err)
	}
}

// Clients that say nothing take all descriptors; when they go, others are
// served.
func TestDescriptorsRunOut(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	env := []string{"CERTFILE=" + listentest.Certificate(t, "server.test"), "SELF=" + self}
	s := listentest.Start(t, env, "/bin/sh", "-c", `ulimit -n 24; ln -s "$SELF" sslserver; exec ./sslserver -1RHl0 127.0.0.1 0 cat`)
	var silent []net.Conn
	for range 30 {
		silent = append(silent, s.Dial("127.0.0.1"))
	}
	line := s.Lines(1)[0]
	for strings.HasSuffix(line, "unable to set socket options: process cannot open more files") {
		line = s.Lines(1)[0]
	}
	if line != "sslserver: warning: unable to accept connection: process cannot open more files" {
		t.Error(line)
	}
	for _, c := range silent {
		c.Close()
	}
	served, err := handshake(s.Dial("127.0.0.1"))
	for end := time.Now().Add(30 * time.Second); err != nil && time.Now().Before(end); {
		served, err = handshake(s.Dial("127.0.0.1")) // it has not seen yet that they are gone
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := ask(t, served, "text"); got != "text" {
		t.Errorf("%q", got)
	}
}

func TestWrong(t *testing.T) {
	cert, other := listentest.Certificate(t, "a.test"), listentest.Certificate(t, "b.test")
	for _, c := range []struct {
		args   string
		env    []string
		code   int
		stderr string
	}{
		{"", nil, 100, "sslserver: usage: " + usage + "\n"},
		{"0 0 true", nil, 111, "sslserver: fatal: unable to load certificate\n"},
		{"0 0 true", []string{"CERTFILE=" + cert, "KEYFILE=none"}, 111, "sslserver: fatal: unable to load key\n"},
		{"0 0 true", []string{"CERTFILE=" + cert, "KEYFILE=" + other}, 111, "sslserver: fatal: key does not match certificate\n"},
		{"-i 0 0 true", []string{"CERTFILE=" + cert}, 111, "sslserver: fatal: unable to load CA list\n"},
		{"-q 0 0 true", nil, 111, ""},
	} {
		got := clitest.Run(t, "sslserver", Run, clitest.World{Args: strings.Fields("-RHl0 " + c.args), Env: c.env})
		if c.args == "" {
			got = clitest.Run(t, "sslserver", Run, clitest.World{})
		}
		if got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%s %v: %+v", c.args, c.env, got)
		}
	}
}
