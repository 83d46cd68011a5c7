package main

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/listentest"
)

// homeVar makes the test's binary the program, with this home; workVar has a
// process that serves do something odd first.
const (
	homeVar = "QMAILKIT_TEST_HOME"
	workVar = "QMAILKIT_TEST_WORK" // a file: "fail" in it ends the process
)

func TestMain(m *testing.M) {
	dir := os.Getenv(homeVar)
	if dir == "" {
		os.Exit(m.Run())
	}
	cmd.Main("qmail-smtpd-listen", func(p *cmd.Proc) error {
		p.Home = dir
		if text, _ := os.ReadFile(os.Getenv(workVar)); string(text) == "fail" && p.Getenv("QMAILKIT_SOCKETS") != "" {
			return cmd.Silent(111)
		}
		return Run(p)
	})
}

// patience is how long anything may take before the test is given up.
const patience = time.Minute

// queueScript keeps each message with its envelope and environment, in a folder
// of its own in $Q.
const queueScript = `d=$(mktemp -d "$Q/XXXXXX"); cat > "$d/mess"; tr '\000' '\n' <&1 > "$d/env"; env > "$d/environ"; mv "$d" "$d.done"`

// server is the program, running.
type server struct {
	t     *testing.T
	home  string
	ports []string
	cmd   *exec.Cmd
	log   string // a file
}

// start starts it in a home that offers TLS, as a single user's: whoever runs
// the test.
func start(t *testing.T, env []string, args ...string) *server {
	t.Helper()
	home := t.TempDir()
	pair := listentest.Certificate(t, "mx.example")
	clitest.Files(t, home, map[string]string{
		"control/me": "mx.example\n", "control/rcpthosts": "here.example\n", "control/servercert.pem": clitest.Read(t, pair), "q/": "", "queue/": "",
	})
	readable(home)
	s := &server{t: t, home: home, log: home + "/log"}
	log, err := os.Create(s.log)
	if err != nil {
		t.Fatal(err)
	}
	queue := clitest.Script(t, home+"/queue.sh", queueScript)
	s.cmd = exec.Command(program(t, home), append([]string{"-1HRl0"}, args...)...)
	s.cmd.Env = append([]string{homeVar + "=" + home, workVar + "=" + home + "/work", "Q=" + home + "/q", "QMAILQUEUE=" + queue, "PATH=/usr/bin:/bin"}, env...)
	s.cmd.Stderr = log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	log.Close()
	t.Cleanup(func() { s.cmd.Process.Signal(syscall.SIGTERM); s.cmd.Process.Kill(); s.cmd.Wait() })
	lines := bufio.NewScanner(out)
	for range 1 + strings.Count(strings.Join(args, " "), "-a ") + strings.Count(strings.Join(args, " "), "-s ") {
		if !lines.Scan() {
			t.Fatalf("it does not listen: %s", clitest.Read(t, s.log))
		}
		s.ports = append(s.ports, lines.Text())
	}
	return s
}

// owner is whom root gives the test's home to: root's server becomes that user.
const owner = 12345

// readable lets the home's owner use all of it.
func readable(home string) {
	for dir := filepath.Dir(home); dir != "/tmp" && dir != "/"; dir = filepath.Dir(dir) {
		os.Chmod(dir, 0o755)
	}
	if os.Getuid() == 0 {
		for _, name := range []string{"", "/queue", "/q", "/control/servercert.pem"} {
			os.Chown(home+name, owner, owner)
		}
	}
}

// program is the test's binary, where everybody may run it.
func program(t *testing.T, home string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	path := home + "/qmail-smtpd-listen"
	if err := os.WriteFile(path, binary, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// await waits until the condition holds.
func (s *server) await(what string, holds func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			s.t.Fatalf("%s: not within %v; the log: %s", what, patience, clitest.Read(s.t, s.log))
		}
	}
}

func (s *server) logged(text string) bool { return strings.Contains(clitest.Read(s.t, s.log), text) }

// queued are the folders of messages.
func (s *server) queued() []string {
	list, err := filepath.Glob(s.home + "/q/*.done")
	if err != nil {
		s.t.Fatal(err)
	}
	return list
}

// end sends SIGTERM and returns the exit code.
func (s *server) end() int {
	s.t.Helper()
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.cmd.Wait()
	return s.cmd.ProcessState.ExitCode()
}

// talker is a client.
type talker struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func (s *server) dial(which int) *talker {
	s.t.Helper()
	conn, err := net.DialTimeout("tcp", "127.0.0.1:"+s.ports[which], patience)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &talker{s.t, conn, bufio.NewReader(conn)}
}

// secure begins TLS.
func (c *talker) secure() {
	c.t.Helper()
	conn := tls.Client(c.Conn, &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	c.Conn, c.r = conn, bufio.NewReader(conn)
}

// say sends a line, unless it is empty, and returns the last line of the reply,
// or what the end of the connection is called.
func (c *talker) say(line string) string {
	if line != "" {
		if _, err := io.WriteString(c, line+"\r\n"); err != nil {
			return err.Error()
		}
	}
	for {
		reply, err := c.r.ReadString('\n')
		if err != nil {
			return "end"
		}
		if len(reply) > 3 && reply[3] == ' ' {
			return strings.TrimSuffix(reply, "\r\n")
		}
	}
}

// want says lines and checks how their replies begin: "220 greeting" stands for
// no line.
func (c *talker) want(lines ...string) {
	c.t.Helper()
	for i := 0; i+1 < len(lines); i += 2 {
		if got := c.say(lines[i]); !strings.HasPrefix(got, lines[i+1]) {
			c.t.Errorf("%q: %q, want %s", lines[i], got, lines[i+1])
		}
	}
}

// mail sends a whole message.
func (c *talker) mail() {
	c.t.Helper()
	c.want("MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@here.example>", "250", "DATA", "354", "Subject: x\r\n\r\nhi\r\n.", "250 ok ")
}
