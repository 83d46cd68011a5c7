package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/child"
	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/listentest"
	"qmailkit/internal/stay"
)

// smtpd stands for a program that stays. It says who it is and what it has been
// told, and does what the client says.
func smtpd(p *cmd.Proc) error {
	return stay.Serve(p, func(p *cmd.Proc) error {
		port, rule, left := p.Getenv("TCPREMOTEPORT"), p.Getenv("RULE"), 0
		for _, v := range p.Env {
			if strings.HasPrefix(v, "QMAILKIT_STAY") || strings.HasPrefix(v, "LEFT") {
				left++
			}
		}
		p.Setenv("LEFT", "1")
		fmt.Fprintf(p.Stdout, "%d %q %s %s %d\n", os.Getpid(), p.Args, port, rule, left)
		line, _ := bufio.NewReader(p.Stdin).ReadString('\n')
		switch line {
		case "crash\n":
			syscall.Kill(os.Getpid(), syscall.SIGKILL)
		case "become\n":
			child.Exec(p, []string{"sh", "-c", "echo became; exit 9"})
		case "fail\n":
			return cmd.Silent(7)
		}
		return nil
	})
}

// stayingServer serves smtpd by the name that may stay.
func stayingServer(t *testing.T, more ...string) (s *listentest.Server, program string) {
	t.Helper()
	home := t.TempDir()
	program = home + "/bin/qmail-smtpd"
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(home+"/bin", 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(self, program); err != nil {
		t.Fatal(err)
	}
	args := append(append([]string{"tcpserver", "-1vRHl0"}, more...), "127.0.0.1", "0", program, "a", "")
	s = listentest.Start(t, []string{"SCRIPTTEST_HOME=" + home}, args...)
	s.Lines(1)
	return s, program
}

// session says what there is to say, and returns what smtpd has said.
func session(t *testing.T, s *listentest.Server, say string) (pid, rest string) {
	t.Helper()
	c := s.Dial("127.0.0.1")
	defer c.Close()
	io.WriteString(c, say)
	answer, err := io.ReadAll(c)
	if err != nil {
		t.Fatal(err)
	}
	port := fmt.Sprint(c.LocalAddr().(*net.TCPAddr).Port)
	pid, rest, _ = strings.Cut(strings.Replace(string(answer), " "+port+" ", " PORT ", 1), " ")
	return pid, rest
}

func TestStays(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.cdb")
	listentest.Rules(t, file, ":allow,RULE=\"1\"\n")
	s, program := stayingServer(t, "-x", file)
	first, said := session(t, s, "\n")
	const want = `["a" ""] PORT 1 0` + "\n"
	if said != want {
		t.Errorf("%q", said)
	}
	lines := func(status string) {
		t.Helper()
		all := "tcpserver: status: 1/40\ntcpserver: pid P from 127.0.0.1\ntcpserver: ok P 0:127.0.0.1:P :127.0.0.1::P\n" +
			"tcpserver: end P status " + status + "\ntcpserver: status: 0/40"
		if got := strings.Join(s.Lines(5), "\n"); got != all {
			t.Errorf("log:\n%s", got)
		}
	}
	lines("0")
	listentest.Rules(t, file, ":allow,RULE=\"2\"\n")
	if pid, said := session(t, s, "fail\n"); pid != first || said != strings.Replace(want, " 1 ", " 2 ", 1) {
		t.Errorf("not the same, or not as new: %s %q", pid, said)
	}
	lines("1792")
	if pid, _ := session(t, s, "crash\n"); pid != first {
		t.Error(pid)
	}
	lines("9")
	second, _ := session(t, s, "\n")
	if second == first {
		t.Error("a crashed program served again")
	}
	lines("0")
	// A program that becomes another one is done when that is.
	if pid, said := session(t, s, "become\n"); pid != second || !strings.HasSuffix(said, "became\n") {
		t.Errorf("%s %q", pid, said)
	}
	lines("2304")
	third, _ := session(t, s, "\n")
	lines("0")
	// What has been replaced serves nobody.
	self, _ := os.ReadFile(program)
	os.Remove(program)
	if err := os.WriteFile(program, self, 0o755); err != nil {
		t.Fatal(err)
	}
	if pid, said := session(t, s, "\n"); pid == third || !strings.Contains(said, " PORT 2 0\n") {
		t.Errorf("%s %q", pid, said)
	}
	lines("0")
}

// Whose name leads to another file has a process for each.
func TestStaying(t *testing.T) {
	home, other := t.TempDir(), t.TempDir()
	clitest.Files(t, home, map[string]string{"bin/qmail-smtpd": "x"})
	clitest.Files(t, other, map[string]string{"bin/qmail-smtpd": "x", "qmail-popup": "x"})
	ours := home + "/bin/qmail-smtpd"
	for _, c := range []struct{ name, path, want string }{
		{ours, "", ours}, {other + "/bin/qmail-smtpd", home + "/bin", ""}, {"qmail-smtpd", "", ""}, {"qmail-popup", other, ""},
		{"qmail-smtpd", home + "/none:" + home + "/bin:" + other + "/bin", ours}, {"qmail-smtpd", other + "/bin:" + home + "/bin", ""},
	} {
		if got := staying(&cmd.Proc{Home: home, Env: []string{"PATH=" + c.path}}, c.name); got != c.want {
			t.Errorf("%v: %q", c, got)
		}
	}
}

// Clients at the same time have a program each.
func TestStayAtOnce(t *testing.T) {
	s, _ := stayingServer(t)
	pids := map[string]bool{}
	var conns []net.Conn
	for range 5 {
		c := s.Dial("127.0.0.1")
		conns = append(conns, c)
		line, err := bufio.NewReader(c).ReadString(' ')
		if err != nil {
			t.Fatal(err)
		}
		pids[line] = true
	}
	if len(pids) != 5 {
		t.Errorf("%d processes for 5", len(pids))
	}
	for _, c := range conns {
		c.Close()
	}
	s.Lines(5 * 5)
	if pid, _ := session(t, s, "\n"); !pids[pid+" "] {
		t.Errorf("%s is a new one", pid)
	}
}

// A program of another name has a process for each connection, as ever.
func TestOthersDoNotStay(t *testing.T) {
	s := listentest.Start(t, nil, "tcpserver", "-1RHl0", "127.0.0.1", "0", "sh", "-c", `echo $$ $QMAILKIT_STAY .; test -e /dev/fd/3 && echo 3; exit 0`)
	seen := map[string]bool{}
	for range 3 {
		got := s.Ask("127.0.0.1", "")
		if !strings.HasSuffix(got, " .\n") {
			t.Errorf("%q", got)
		}
		seen[got] = true
	}
	if len(seen) != 3 {
		t.Error(seen)
	}
}
