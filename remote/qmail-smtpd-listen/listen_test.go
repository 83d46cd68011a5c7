package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/listentest"
)

func TestUsage(t *testing.T) {
	const synopsis = "qmail-smtpd-listen: usage: " + usage + "\n"
	for args, want := range map[string]string{
		"": synopsis, "0": synopsis, "-w x 0 0": synopsis, "-a nowhere 0 0": synopsis,
		"-z 0 0":                           "qmail-smtpd-listen: illegal option -- z\n" + synopsis,
		"127.0.0.1 no-port":                "qmail-smtpd-listen: fatal: unable to figure out port number for no-port\n",
		"-s 127.0.0.1:no-port 127.0.0.1 0": "qmail-smtpd-listen: fatal: unable to figure out port number for no-port\n",
	} {
		got := clitest.Run(t, "qmail-smtpd-listen", Run, clitest.World{Args: strings.Fields(args)})
		code := 100
		if strings.Contains(want, "fatal") {
			code = 111
		}
		if got.Code != code || got.Stdout != "" || got.Stderr != want {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// A message by each way in, and what the queueing program is told: the same as
// under tcpserver.
func TestMessage(t *testing.T) {
	s := start(t, []string{"TCPREMOTEHOST=stale"}, "-s", "127.0.0.1:0", "-a", "127.0.0.1:0", "127.0.0.1", "0")
	for i, protocol := range []string{"SMTP", "ESMTPS", "SMTP"} {
		c := s.dial(i)
		if protocol == "ESMTPS" {
			c.secure()
		}
		c.want("", "220 mx.example", "EHLO c.example", "250 ")
		c.mail()
		c.mail()
		c.want("QUIT", "221", "NOOP", "end")
	}
	c := s.dial(0)
	c.want("", "220", "EHLO c.example", "250", "STARTTLS", "220")
	c.secure()
	c.want("EHLO c.example", "250")
	c.mail()
	c.want("QUIT", "221")
	list := s.queued()
	if len(list) != 7 {
		t.Fatalf("%d messages", len(list))
	}
	with := map[string]int{}
	for _, dir := range list {
		mess, environ := clitest.Read(t, dir+"/mess"), clitest.Read(t, dir+"/environ")
		if got := clitest.Read(t, dir+"/env"); got != "Fa@b.example\nTu@here.example\n\n" {
			t.Errorf("%q", got)
		}
		if !strings.HasPrefix(mess, "Received: from unknown (HELO c.example) (127.0.0.1)\n  by 0 with ") || !strings.HasSuffix(mess, "\nSubject: x\n\nhi\n") {
			t.Errorf("%q", mess)
		}
		with[strings.Fields(mess[strings.Index(mess, " with "):])[1]]++
		for _, want := range []string{"PROTO=TCP\n", "TCPLOCALHOST=0\n", "TCPLOCALIP=127.0.0.1\n", "TCPREMOTEIP=127.0.0.1\n", "TCPREMOTEPORT=", "TCPLOCALPORT="} {
			if !strings.Contains(environ, want) {
				t.Errorf("no %s in %s", want, environ)
			}
		}
		if strings.Contains(environ, "stale") || strings.Contains(environ, "QMAILKIT_SOCKETS") {
			t.Errorf("%s", environ)
		}
	}
	if fmt.Sprint(with) != "map[ESMTPS;:3 SMTP;:4]" {
		t.Error(with)
	}
	if code := s.end(); code != 0 || clitest.Read(t, s.log) != "" {
		t.Error(code, clitest.Read(t, s.log))
	}
}

// Root's server is nobody of importance when it takes connections.
func TestPrivilege(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root has privileges to give up")
	}
	s := start(t, nil, "-g", "12346", "127.0.0.1", "0")
	s.dial(0).want("", "220 mx.example")
	for _, pid := range append(children(t, s.cmd.Process.Pid), s.cmd.Process.Pid) {
		status := clitest.Read(t, "/proc/"+strconv.Itoa(pid)+"/status")
		if !strings.Contains(status, "Uid:\t12345\t12345\t12345") || !strings.Contains(status, "Gid:\t12346\t12346\t12346") ||
			!strings.Contains(status, "Groups:\t12346 \n") {
			t.Errorf("%s", status)
		}
	}
}

// children are the processes that pid has started.
func children(t *testing.T, pid int) (list []int) {
	t.Helper()
	if _, err := os.Stat("/proc/self/task"); err != nil {
		t.Skip("there is no /proc of Linux here")
	}
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		b, _ := os.ReadFile(task)
		for _, word := range strings.Fields(string(b)) {
			n, _ := strconv.Atoi(word)
			list = append(list, n)
		}
	}
	slices.Sort(list)
	return list
}

func TestRules(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.cdb")
	os.Chmod(filepath.Dir(file), 0o755)
	os.Chmod(filepath.Dir(filepath.Dir(file)), 0o755)
	listentest.Rules(t, file, "127.0.0.1:allow,RELAYCLIENT=\"@suffix\",SMTPGREETING=\"by rule\"\n")
	s := start(t, nil, "-v", "-x", file, "127.0.0.1", "0")
	c := s.dial(0)
	c.want("", "220 by rule", "MAIL FROM:<>", "250", "RCPT TO:<u@far.example>", "250", "QUIT", "221", "", "end")
	listentest.Rules(t, file, ":deny\n")
	s.dial(0).want("", "end")
	os.Remove(file)
	s.dial(0).want("", "end")
	s.end()
	for _, want := range []string{
		"qmail-smtpd-listen: status: 1/40\n", ": ok ", " 0:127.0.0.1:" + s.ports[0] + " :127.0.0.1::", " status 0\n", ": deny ", " status 25600\n",
		"warning: dropping connection, unable to read " + file + ": file does not exist\n", " status 28416\n",
	} {
		if !s.logged(want) {
			t.Errorf("%q is not in %s", want, clitest.Read(t, s.log))
		}
	}
}

// Of all addresses together, and of one client.
func TestLimits(t *testing.T) {
	s := start(t, []string{"DIEMSG=421 enough"}, "-c3", "-C2", "-a", "127.0.0.1:0", "127.0.0.1", "0")
	first, second := s.dial(0), s.dial(1)
	first.want("", "220")
	second.want("", "220")
	s.dial(0).want("", "421 enough", "", "end")
	second.want("QUIT", "221", "", "end")
	s.await("room for one more", func() bool { return strings.HasPrefix(s.dial(1).say(""), "220") })
	s = start(t, nil, "-c1", "-a", "127.0.0.1:0", "127.0.0.1", "0")
	first = s.dial(0)
	first.want("", "220")
	second = s.dial(1)
	first.want("QUIT", "221")
	second.want("", "220")
}

// One client after the other connects while the server is started anew, again
// and again: none is refused, and who is there already stays.
func TestRestart(t *testing.T) {
	s := start(t, nil, "-c100", "127.0.0.1", "0")
	held := s.dial(0)
	held.want("", "220", "EHLO c.example", "250", "MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@here.example>", "250")
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 3 {
		clients.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				conn, err := net.Dial("tcp", "127.0.0.1:"+s.ports[0])
				if err != nil {
					t.Error(err)
					return
				}
				buf := make([]byte, 4)
				if _, err := conn.Read(buf); err != nil || string(buf) != "220 " {
					t.Errorf("%q %v", buf, err)
				}
				conn.Close()
			}
		})
	}
	old := children(t, s.cmd.Process.Pid)
	first := old[0]
	for range 3 {
		s.cmd.Process.Signal(syscall.SIGHUP)
		s.await("a new process, and only the one of the held session beside it", func() bool {
			now := children(t, s.cmd.Process.Pid)
			if len(now) != 2 || !slices.Contains(now, first) || slices.Equal(now, old) {
				return false
			}
			old = now
			return true
		})
	}
	close(stop)
	clients.Wait()
	held.want("DATA", "354", "hi\r\n.", "250 ok", "QUIT", "221")
	s.await("the end of the first process", func() bool { return len(children(t, s.cmd.Process.Pid)) == 1 })

	// One that does not serve takes nobody's place.
	clitest.Files(t, s.home, map[string]string{"work": "fail"})
	s.cmd.Process.Signal(syscall.SIGHUP)
	s.await("the failure", func() bool { return s.logged("warning: the new process does not serve, the old one goes on\n") })
	s.dial(0).want("", "220", "QUIT", "221")

	// One that ends unasked is replaced.
	os.Remove(s.home + "/work")
	syscall.Kill(children(t, s.cmd.Process.Pid)[0], syscall.SIGKILL)
	s.dial(0).want("", "220", "QUIT", "221")
	if code := s.end(); code != 0 || !s.logged("warning: the process that serves has ended, another is started\n") {
		t.Error(code, clitest.Read(t, s.log))
	}
}

// A first process that does not serve is the end.
func TestNoStart(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"work": "fail", "queue/": "", "q/": ""})
	readable(home)
	c := exec.Command(program(t, home), "-HRl0", "127.0.0.1", "0")
	c.Env = []string{homeVar + "=" + home, workVar + "=" + home + "/work"}
	if err := c.Run(); c.ProcessState.ExitCode() != 111 {
		t.Error(err)
	}
}

// At SIGTERM sessions finish, and those that do not are ended.
func TestTerm(t *testing.T) {
	s := start(t, nil, "-w1", "127.0.0.1", "0")
	idle, busy := s.dial(0), s.dial(0)
	idle.want("", "220")
	busy.want("", "220", "MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@here.example>", "250", "DATA", "354")
	s.cmd.Process.Signal(syscall.SIGTERM)
	s.await("nobody listens", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+s.ports[0])
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
	idle.want("NOOP", "250", "", "end")
	busy.want("half", "end")
	s.cmd.Wait()
	if code := s.cmd.ProcessState.ExitCode(); code != 0 {
		t.Error(code)
	}
	for _, dir := range s.queued() { // the script keeps what is not whole, too
		if env := clitest.Read(t, dir+"/env"); env != "" {
			t.Errorf("%q was to be queued", env)
		}
	}
}

// When the process that has the sockets is killed, nobody keeps them.
func TestHolderKilled(t *testing.T) {
	s := start(t, nil, "-w0", "127.0.0.1", "0")
	c := s.dial(0)
	c.want("", "220")
	s.cmd.Process.Kill()
	c.want("", "end")
	s.await("nobody listens", func() bool {
		conn, err := net.Dial("tcp", "127.0.0.1:"+s.ports[0])
		if err == nil {
			conn.Close()
		}
		return err != nil
	})
}

// Many at once, with messages, in one process.
func TestConcurrent(t *testing.T) {
	s := start(t, nil, "-c60", "127.0.0.1", "0")
	const clients, each = 20, 3
	var group sync.WaitGroup
	for range clients {
		group.Go(func() {
			for range each {
				c := s.dial(0)
				c.want("", "220", "EHLO c.example", "250", "STARTTLS", "220")
				c.secure()
				c.want("EHLO c.example", "250")
				c.mail()
				c.want("QUIT", "221")
			}
		})
	}
	group.Wait()
	if got := len(s.queued()); got != clients*each {
		t.Errorf("%d messages", got)
	}
	if code := s.end(); code != 0 || clitest.Read(t, s.log) != "" {
		t.Error(code, clitest.Read(t, s.log))
	}
}
