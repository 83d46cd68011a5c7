package hostile

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// listening is how the names of servers end that take connections themselves.
const listening = "-listen"

// owner is whom root gives the home to: a server that root starts becomes that
// user.
const owner = 12345

// everybodys makes the home, with a queueing program, one of a single user,
// which is not root.
func everybodys() error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		return err
	}
	if err := os.WriteFile(queueProgram(), binary, 0o755); err != nil {
		return err
	}
	if os.Getuid() != 0 {
		return nil
	}
	for _, name := range []string{dir, filepath.Join(dir, "queue")} {
		if err := os.Chown(name, owner, owner); err != nil {
			return err
		}
	}
	return nil
}

// share lets the home's owner write into a folder of a test.
func share(folder string) {
	for up := folder; filepath.Base(filepath.Dir(up)) != "tmp" && up != "/"; up = filepath.Dir(up) {
		os.Chmod(filepath.Dir(up), 0o755)
	}
	if os.Getuid() == 0 {
		os.Chown(folder, owner, owner)
	}
}

// inherited starts a server on a connection, as tcpserver does.
func inherited(t *testing.T, c *exec.Cmd) net.Conn {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		syscall.CloseOnExec(fd)
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "client"), os.NewFile(uintptr(fds[1]), "server")
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	ours.Close()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdin, c.Stdout = theirs, theirs
	c.Env = append(c.Env, "TCPREMOTEIP=192.0.2.7")
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return conn
}

// taken starts a server that takes the connection itself.
func taken(t *testing.T, c *exec.Cmd) net.Conn {
	t.Helper()
	c.Path += listening
	c.Args = slices.Concat(c.Args[:1], []string{"-1HRl0", "-w0", "127.0.0.1", "0"}, c.Args[1:])
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	port, err := bufio.NewReader(out).ReadString('\n')
	if err != nil && err != io.EOF || port == "" {
		t.Fatalf("it does not listen: %v", err)
	}
	conn, err := net.Dial("tcp", net.JoinHostPort("127.0.0.1", strings.TrimSpace(port)))
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// listens tells whether a program has a like that takes connections itself.
func listens(program string) bool {
	return strings.HasPrefix(program, smtpd) || strings.HasPrefix(program, qmqpd)
}
