package main

import (
	"io"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

// code runs the program with a message and an envelope.
func code(t *testing.T, files map[string]string, message, envelope string) int {
	t.Helper()
	home := t.TempDir()
	files["envelope"] = envelope
	clitest.Files(t, home, files)
	got := clitest.Run(t, "qmail-qmqpc", Run, clitest.World{Home: home, Input: message, Stdout: clitest.Open(t, home+"/envelope")})
	if got.Stderr != "" {
		t.Errorf("it says %q, and should be silent", got.Stderr)
	}
	return got.Code
}

// An envelope, and with it the message "hello\n" as a request.
const (
	whole  = "Fs@a\x00Tr@b\x00\x00"
	framed = "21:6:hello\n,3:s@a,3:r@b,,"
)

func TestFailures(t *testing.T) {
	servers := func(text string) map[string]string { return map[string]string{"control/qmqpservers": text} }
	for _, c := range []struct {
		name     string
		files    map[string]string
		envelope string
		want     int
	}{
		{"no qmqpservers", map[string]string{"control/": ""}, whole, 55},
		{"me is a folder", map[string]string{"control/qmqpservers": "192.0.2.1\n", "control/me/": ""}, whole, 55},
		{"empty qmqpservers", servers("# none\n"), whole, 55},
		{"names are no addresses", servers("localhost\n"), whole, 55},
		{"an envelope that ends early", servers("192.0.2.1\n"), "Fs@a\x00Tr@b\x00", 91},
		{"an envelope without a sender", servers("192.0.2.1\n"), "Tr@b\x00\x00", 91},
	} {
		if got := code(t, c.files, "hello\n", c.envelope); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
	p, _ := clitest.Proc(t, "qmail-qmqpc", clitest.World{Home: t.TempDir() + "/none"})
	if got := p.End(Run(p)); got != 61 {
		t.Errorf("no home: %d", got)
	}
}

// server answers one request on the port of QMQP and returns what it was sent.
func server(t *testing.T, address, answer string) <-chan string {
	t.Helper()
	l, err := net.Listen("tcp", address+":628")
	if err != nil {
		t.Skipf("no server can be set up on the port of QMQP: %v", err)
	}
	sent := make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		l.Close()
		if err != nil {
			sent <- err.Error()
			return
		}
		defer conn.Close()
		heard := make([]byte, len(framed))
		n, _ := io.ReadFull(conn, heard)
		io.WriteString(conn, answer)
		sent <- string(heard[:n])
	}()
	return sent
}

func TestAnswers(t *testing.T) {
	for answer, want := range map[string]int{"3:Kok,": 0, "6:Zlater,": 71, "3:Dno,": 31, "": 74} {
		sent := server(t, "127.70.9.1", answer)
		got := code(t, map[string]string{"control/qmqpservers": "127.70.9.2\n127.70.9.1\n"}, "hello\n", whole)
		if got != want {
			t.Errorf("%q: %d, want %d", answer, got, want)
		}
		if heard := <-sent; heard != framed {
			t.Errorf("%q: the server was sent %q", answer, heard)
		}
	}
}

func TestUnreachable(t *testing.T) {
	got := code(t, map[string]string{"control/qmqpservers": "127.70.9.3\n"}, "hello\n", whole)
	if got != exitNoConnect && got != exitTimeout {
		t.Errorf("exit code %d", got)
	}
}

func TestAddress(t *testing.T) {
	for line, want := range map[string]string{
		"192.0.2.1": "192.0.2.1", "192.000.02.01": "192.0.2.1", "192.0.2.1:628": "192.0.2.1", "192.0.2.1.5": "192.0.2.1", "2001:db8::1": "2001:db8::1",
		"192.0.2.256": "", "192.0.2": "", "192.0.2.": "", "192.0..1": "", " 192.0.2.1": "", "": "", "host": "",
	} {
		ip, ok := address(line)
		if ok != (want != "") || ok && ip.String() != want {
			t.Errorf("%q: %s %t, want %q", line, ip, ok, want)
		}
	}
}

// An address is what the line begins with, and nothing that was not written there.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"192.0.2.1", "192.0.2.1:628", "2001:db8::1", "fe80::1%eth0", "1.2.3", "1.2.3.4.5", "::ffff:192.0.2.1 x"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		ip, ok := address(line)
		if !ok {
			return
		}
		if whole, err := netip.ParseAddr(line); err == nil {
			if whole != ip {
				t.Errorf("%q is %s", line, ip)
			}
			return
		}
		for i, part := range strings.SplitN(line, ".", 4) {
			digits := part[:len(part)-len(strings.TrimLeft(part, "0123456789"))]
			if n, err := strconv.ParseUint(digits, 10, 64); err != nil || byte(n) != ip.As4()[i] || n > 255 {
				t.Errorf("%q is %s", line, ip)
			}
		}
	})
}
