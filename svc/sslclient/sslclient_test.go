package main

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/listentest"
	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, map[string]scripttest.Program{"sslclient": Run})
}

// server answers a line with it in upper case, and with who has asked.
func server(t *testing.T, cert string) (port string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(cert, cert)
	if err != nil {
		t.Fatal(err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequestClientCert})
	if err != nil {
		t.Fatal(err)
	}
	clitest.Accept(t, l, func(c net.Conn) {
		b := make([]byte, 6)
		if _, err := io.ReadFull(c, b); err == nil {
			who := ""
			for _, p := range c.(*tls.Conn).ConnectionState().PeerCertificates {
				who += p.Subject.CommonName
			}
			io.WriteString(c, strings.ToUpper(string(b))+who)
		}
	})
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

func TestClient(t *testing.T) {
	cert, own := listentest.Certificate(t, "127.0.0.1"), listentest.Certificate(t, "client.test")
	port, foreign := server(t, cert), server(t, listentest.Certificate(t, "other.test"))
	const talk = "echo hello >&7; cat <&6; exit 3"
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args   []string
		port   string
		code   int
		stdout string
		stderr string
	}{
		{[]string{"-a", cert}, port, 3, "HELLO\n", ""},
		{[]string{"-X", "-c", own}, port, 3, "HELLO\nclient.test", ""},
		{[]string{"-va", cert}, port, 3, "HELLO\n", "sslclient: connected to 127.0.0.1 port " + port + "\nsslclient: ssl connect\n"},
		{nil, port, 111, "", "sslclient: fatal: unable to verify server certificate\n"},
		{[]string{"-q"}, port, 111, "", ""},
		{[]string{"-a", cert}, foreign, 111, "", "sslclient: fatal: unable to verify server certificate\n"},
		{[]string{"-Xn"}, foreign, 3, "HELLO\n", ""},
		{[]string{"-a", "none"}, port, 111, "", "sslclient: fatal: unable to load CA list\n"},
		{[]string{"-z"}, port, 100, "", "sslclient: illegal option -- z\nsslclient: usage: " + usage + "\n"},
	} {
		var stdout, stderr strings.Builder
		args := append([]string{"sslclient", "-RHl0"}, c.args...)
		cmd := &exec.Cmd{Path: self, Args: append(args, "127.0.0.1", c.port, "sh", "-c", talk), Stdout: &stdout, Stderr: &stderr}
		if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
			t.Fatal(err)
		}
		if code := cmd.ProcessState.ExitCode(); code != c.code || stdout.String() != c.stdout || stderr.String() != c.stderr {
			t.Errorf("%v: %d %q %q", c.args, code, stdout.String(), stderr.String())
		}
	}
}

func TestEnvironment(t *testing.T) {
	port := server(t, listentest.Certificate(t, "127.0.0.1"))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := &exec.Cmd{Path: self, Args: []string{"sslclient", "-XsERHlme", "0", port, "sh", "-c",
		"echo $PROTO $SSLREMOTEIP $SSLLOCALHOST $SSL_SERVER_S_DN $TCPREMOTEIP; cat"}, Env: append(os.Environ(), "TCPREMOTEIP=x"),
		Stdin: strings.NewReader("own input"), Stderr: os.Stderr}
	out, err := cmd.Output()
	if want := "SSL 127.0.0.1 me /O=Test/CN=127.0.0.1 x\nown input"; err != nil || string(out) != want {
		t.Errorf("%q %v", out, err)
	}
}
