package systest

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"net"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/certtest"
	"qmailkit/internal/clitest"
)

// foreign returns the path of another hand's program, or skips the test.
func foreign(t *testing.T, name string) string {
	t.Helper()
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/lib/postfix/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	t.Skipf("%s is not installed", name)
	return ""
}

// says runs a foreign program and returns its exit code and all that it
// printed. It has as long as anything else here.
func (s *system) says(input, name string, args ...string) (code int, out string) {
	s.t.Helper()
	cmd := exec.Command(foreign(s.t, name), args...)
	cmd.Dir = s.peers
	cmd.Stdin = strings.NewReader(input)
	stop := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer stop.Stop()
	b, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(b)
}

// serve runs a program of the home for each connection to address, as
// tcpserver would, and returns where it listens. user is whom it runs as where
// the home has users of its own; "" is root.
func (s *system) serve(address, user string, env []string, name string, args ...string) string {
	s.t.Helper()
	l, err := net.Listen("tcp", address)
	if err != nil {
		s.t.Skipf("nobody may listen here: %v", err)
	}
	cred := s.cred
	if user != "" && cred == nil && s.rootHere() {
		who := lookup(s.t, user)
		cred = &syscall.Credential{Uid: uint32(who.uid), Gid: uint32(who.gid)}
	}
	clitest.Accept(s.t, l, func(conn net.Conn) {
		f, err := conn.(*net.TCPConn).File()
		conn.Close()
		if err != nil {
			return
		}
		cmd := s.command(name, args...)
		cmd.Env = append(cmd.Env, append([]string{"PROTO=TCP", "TCPREMOTEIP=127.0.0.1", "TCPLOCALIP=127.0.0.1", "TCPLOCALHOST=test.example"}, env...)...)
		cmd.SysProcAttr.Credential = cred
		cmd.Stdin, cmd.Stdout = f, f
		cmd.Run()
		f.Close()
	})
	return l.Addr().String()
}

// certificate makes one for localhost, 127.0.0.1 and test.example that vouches
// for itself, and its key, in PEM form.
func certificate(t *testing.T) (cert, key string) {
	t.Helper()
	pair := certtest.Make(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "test.example"}, IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"test.example", "localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	return pair.Cert, pair.Key
}

func split(t *testing.T, address string) (host, port string) {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	return host, port
}
