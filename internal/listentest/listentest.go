// Package listentest runs a server of package listen as a process of its own,
// from the test binary that scripttest.Main has made of it. Tests only.
package listentest

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/cdb"
	"qmailkit/internal/tcprules"
)

// patience bounds every wait of a test.
const patience = 30 * time.Second

// plainPath has no folders that are closed to the test's user.
const plainPath = "PATH=/usr/local/bin:/usr/bin:/bin"

// Server is a running server.
type Server struct {
	Port string
	Cmd  *exec.Cmd
	log  *bufio.Reader
	t    testing.TB
}

// Start starts the server that the test binary is under the name argv[0], or
// the program of that path, with what -1 makes it print.
func Start(t testing.TB, env []string, argv ...string) *Server {
	t.Helper()
	path := argv[0]
	if !strings.Contains(path, "/") {
		path, _ = os.Executable()
	}
	cmd := &exec.Cmd{Path: path, Args: argv, Dir: t.TempDir(), Env: append(append(os.Environ(), plainPath), env...)}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = w
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	s := &Server{Cmd: cmd, log: bufio.NewReader(r), t: t}
	t.Cleanup(func() { r.Close(); cmd.Process.Kill(); cmd.Wait() })
	r.SetReadDeadline(time.Now().Add(patience))
	port, err := io.ReadAll(out)
	if err != nil || len(port) == 0 {
		rest, _ := io.ReadAll(r)
		t.Fatalf("%v has no port: %v: %s", argv, err, rest)
	}
	s.Port = strings.TrimSpace(string(port))
	return s
}

// Dial connects to the server at host.
func (s *Server) Dial(host string) net.Conn {
	s.t.Helper()
	c, err := net.DialTimeout("tcp", net.JoinHostPort(host, s.Port), patience)
	if err != nil {
		s.t.Fatal(err)
	}
	c.SetDeadline(time.Now().Add(patience))
	s.t.Cleanup(func() { c.Close() })
	return c
}

// Ask sends text and reads all that comes back. The server need not take text.
func (s *Server) Ask(host, text string) string {
	s.t.Helper()
	c := s.Dial(host)
	io.WriteString(c, text)
	c.(*net.TCPConn).CloseWrite()
	b, err := io.ReadAll(c)
	if err != nil && !errors.Is(err, syscall.ECONNRESET) {
		s.t.Errorf("after %q: %v", b, err)
	}
	c.Close()
	return string(b)
}

// Lines reads n lines of the log, numbers of ports and processes as P.
func (s *Server) Lines(n int) (lines []string) {
	s.t.Helper()
	for range n {
		line, err := s.log.ReadString('\n')
		if err != nil {
			s.t.Fatalf("log: %v after %q", err, lines)
		}
		lines = append(lines, mask(strings.TrimSuffix(line, "\n")))
	}
	return lines
}

// mask hides the numbers after "pid", "ok", "deny" and "end", and the last one
// of each field with colons.
func mask(line string) string {
	words := strings.Split(line, " ")
	for i, w := range words {
		if i > 0 && (words[i-1] == "pid" || words[i-1] == "ok" || words[i-1] == "deny" || words[i-1] == "end") {
			words[i] = "P"
		}
		if at := strings.LastIndexByte(w, ':'); i > 2 && at >= 0 && at+1 < len(w) && !strings.HasPrefix(w, "MAX") {
			words[i] = w[:at+1] + "P"
		}
	}
	return strings.Join(words, " ")
}

// Rest ends the server by SIGTERM and returns its exit code and what else it
// has logged, masked as by Lines.
func (s *Server) Rest() (code int, log string) {
	s.t.Helper()
	s.Cmd.Process.Signal(syscall.SIGTERM)
	s.Cmd.Wait()
	b, err := io.ReadAll(s.log)
	if err != nil {
		s.t.Fatal(err)
	}
	lines := strings.SplitAfter(string(b), "\n")
	for i := range lines {
		lines[i] = mask(lines[i])
	}
	return s.Cmd.ProcessState.ExitCode(), strings.Join(lines, "")
}

// Rules makes a database of the rules in text, for tcprules(1), at path.
func Rules(t testing.TB, path, text string) {
	t.Helper()
	w, err := cdb.Create(path+".tmp", 0o644)
	if err != nil {
		t.Fatal(err)
	}
	err = tcprules.Parse(strings.NewReader(text), func(address, data []byte) error { return w.Add(address, data) })
	if err == nil {
		err = w.Finish()
	}
	if err == nil {
		err = w.Rename(path)
	}
	if err != nil {
		t.Fatal(err)
	}
}
