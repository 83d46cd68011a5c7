package main

import (
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, map[string]scripttest.Program{"tcpclient": Run})
}

// server answers every connection with what it was sent, in upper case.
func server(t *testing.T, address string) (port string) {
	t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		t.Skip(err)
	}
	clitest.Accept(t, l, func(c net.Conn) {
		b, _ := io.ReadAll(c)
		c.Write([]byte(strings.ToUpper(string(b))))
	})
	_, port, _ = net.SplitHostPort(l.Addr().String())
	return port
}

func run(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	var out, errs strings.Builder
	c := &exec.Cmd{Path: self, Args: append([]string{"tcpclient"}, args...), Env: append(append(os.Environ(), "PATH=/usr/local/bin:/usr/bin:/bin"), env...), Stdout: &out, Stderr: &errs}
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

const talk = `env | grep -E "^(TCP|PROTO)" | sed "s/PORT=.*/PORT=P/" | sort; echo hello >&7; exec 7>&-; ` +
	// The connection has to be closed for writing, not just one of its descriptors.
	`exec python3 -c 'import socket; s = socket.socket(fileno=6); s.shutdown(1); print(s.recv(99))'`

func TestConnection(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("the other side's program needs python3")
	}
	for _, c := range []struct{ address, host, want string }{
		{"127.0.0.1:0", "0", "PROTO=TCP\nTCPLOCALHOST=me\nTCPLOCALIP=127.0.0.1\nTCPLOCALPORT=P\nTCPREMOTEIP=127.0.0.1\nTCPREMOTEPORT=P\n"},
		{"[::1]:0", "::1", "PROTO=TCP6\nTCP6LOCALHOST=me\nTCP6LOCALIP=::1\nTCP6LOCALPORT=P\nTCP6REMOTEIP=::1\nTCP6REMOTEPORT=P\n" +
			"TCPLOCALHOST=me\nTCPLOCALIP=::1\nTCPLOCALPORT=P\nTCPREMOTEIP=::1\nTCPREMOTEPORT=P\n"},
	} {
		t.Run(c.address, func(t *testing.T) {
			port := server(t, c.address)
			code, stdout, stderr := run(t, []string{"TCPREMOTEHOST=x", "TCPREMOTEINFO=x"}, "-vRHlme", c.host, port, "sh", "-c", talk)
			host := strings.ReplaceAll(c.host, "0", "127.0.0.1")
			if code != 0 || stdout != c.want+"b'HELLO\\n'\n" || stderr != "tcpclient: connected to "+host+" port "+port+"\n" {
				t.Error(code, stdout, stderr)
			}
		})
	}
}

func TestFailures(t *testing.T) {
	port := server(t, "127.0.0.1:0")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, closed, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	const synopsis = "tcpclient: usage: " + usage + "\n"
	for _, c := range []struct {
		args   string
		code   int
		stderr string
	}{
		{"", 100, synopsis},
		{"-i x 0 1 true", 100, synopsis},
		{"-T", 100, "tcpclient: option requires an argument -- T\n" + synopsis},
		{"0 " + closed + " true", 111, "tcpclient: unable to connect to 127.0.0.1 port " + closed + ": connection refused\n"},
		{"-q 0 " + closed + " true", 111, ""},
		{"-T1+x 0 " + closed + " true", 111, "tcpclient: unable to connect to 127.0.0.1 port " + closed + ": connection refused\n"},
		{"0 no-such-port true", 111, "tcpclient: fatal: unable to figure out port number for no-such-port\n"},
		{"-i 192.0.2.1 0 " + port + " true", 111, "tcpclient: fatal: unable to bind socket: address not available\n"},
		{"-p " + port + " 127.0.0.1 " + port + " true", 111, "tcpclient: fatal: unable to bind socket: address already used\n"},
	} {
		got := clitest.Run(t, "tcpclient", Run, clitest.World{Args: strings.Fields(c.args)})
		if got.Code != c.code || got.Stdout != "" || got.Stderr != c.stderr {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
	code, _, stderr := run(t, nil, "-RHl0", "0", port, "no-such-program")
	if code != 111 || stderr != "tcpclient: fatal: unable to run no-such-program: file does not exist\n" {
		t.Error(code, stderr)
	}
}
