package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/listentest"
	"qmailkit/internal/scripttest"
)

const original = "/usr/bin/tcpserver"

func TestMain(m *testing.M) {
	scripttest.Main(m, map[string]scripttest.Program{"tcpserver": Run, "qmail-smtpd": smtpd})
}

func start(t *testing.T, args ...string) *listentest.Server {
	t.Helper()
	return listentest.Start(t, nil, append([]string{"tcpserver", "-1RHl0"}, args...)...)
}

func has6(t *testing.T) {
	l, err := net.Listen("tcp6", "[::1]:0")
	if err != nil {
		t.Skip("there is no IPv6 here: ", err)
	}
	l.Close()
}

// rules writes a database of rules.
func rules(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rules.cdb")
	listentest.Rules(t, path, text)
	return path
}

func TestUsage(t *testing.T) {
	const synopsis = "tcpserver: usage: " + usage + "\n"
	for _, c := range []struct {
		args   string
		code   int
		stderr string
	}{
		{"", 100, synopsis},
		{"0 0", 100, synopsis},
		{"-q 0 0", 100, ""},
		{"-c", 100, "tcpserver: option requires an argument -- c\n" + synopsis},
		{"-qz 0 0 true", 100, "tcpserver: illegal option -- z\n" + synopsis},
		{"127.0.0.1 no-such-port true", 111, "tcpserver: fatal: unable to figure out port number for no-such-port\n"},
		{"127.0.0.1 65536 true", 111, "tcpserver: fatal: unable to figure out port number for 65536\n"},
		{"127.0.0.1 -1 true", 111, "tcpserver: fatal: unable to figure out port number for -1\n"},
		{"192.0.2.1 0 true", 111, "tcpserver: fatal: unable to bind: address not available\n"},
		{"-q 192.0.2.1 0 true", 111, ""},
	} {
		got := clitest.Run(t, "tcpserver", Run, clitest.World{Args: strings.Fields(c.args)})
		if got.Code != c.code || got.Stdout != "" || got.Stderr != c.stderr {
			t.Errorf("%s: %+v", c.args, got)
		}
	}
}

func TestPrivilegeKept(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root may become anybody")
	}
	for option, what := range map[string]string{"-u": "uid", "-g": "gid"} {
		got := clitest.Run(t, "tcpserver", func(p *cmd.Proc) error { return Run(p) },
			clitest.World{Args: []string{option, "1", "127.0.0.1", "0", "true"}})
		if got.Code != 111 || got.Stderr != "tcpserver: fatal: unable to set "+what+": permission denied\n" {
			t.Errorf("%s: %+v", option, got)
		}
	}
}

const variables = `env | grep -E "^(TCP|PROTO)" | sed "s/PORT=.*/PORT=P/" | sort`

func TestEnvironment(t *testing.T) {
	const v4 = "PROTO=TCP\nTCPLOCALHOST=0\nTCPLOCALIP=127.0.0.1\nTCPLOCALPORT=P\nTCPREMOTEIP=127.0.0.1\nTCPREMOTEPORT=P\n"
	const v6 = "PROTO=TCP6\nTCP6LOCALHOST=0\nTCP6LOCALIP=::1\nTCP6LOCALPORT=P\nTCP6REMOTEIP=::1\nTCP6REMOTEPORT=P\n" +
		"TCPLOCALHOST=0\nTCPLOCALIP=::1\nTCPLOCALPORT=P\nTCPREMOTEIP=::1\nTCPREMOTEPORT=P\n"
	stale := []string{"TCPREMOTEINFO=x", "TCPREMOTEHOST=x", "TCP6REMOTEIP=x", "TCP6INTERFACE=x", "TCPLOCALHOST=x", "PROTO=UDP"}
	for _, c := range []struct{ options, host, dial, want string }{
		{"", "0", "127.0.0.1", v4},
		{"-4", "127.0.0.1", "127.0.0.1", v4},
		{"", "::", "127.0.0.1", v4},
		{"-6", "0", "127.0.0.1", strings.ReplaceAll(v6, "IP=::1", "IP=::ffff:127.0.0.1")},
		{"-6", "0", "::1", v6},
		{"", "::1", "::1", v6},
	} {
		if strings.Contains(c.host+c.options, ":") || c.options == "-6" {
			has6(t)
		}
		args := []string{"tcpserver", "-1RHl0"}
		if c.options != "" {
			args = append(args, c.options)
		}
		s := listentest.Start(t, stale, append(args, c.host, "0", "sh", "-c", variables)...)
		if got := s.Ask(c.dial, ""); got != c.want {
			t.Errorf("%s %s from %s:\n%s", c.options, c.host, c.dial, got)
		}
		if code, log := s.Rest(); code != 0 || log != "" {
			t.Error(code, log)
		}
	}
}

func TestRules(t *testing.T) {
	file := rules(t, "127.0.0.1:allow,A=\"1\",TCPLOCALHOST=\"me\"\n127.:deny\n")
	s := start(t, "-v", "-x", file, "0", "0", "sh", "-c", "echo $A $TCPLOCALHOST")
	s.Lines(1)
	if got := s.Ask("127.0.0.1", ""); got != "1 me\n" {
		t.Errorf("%q", got)
	}
	s.Lines(5)
	listentest.Rules(t, file, ":deny\n")
	if got := s.Ask("127.0.0.1", ""); got != "" {
		t.Errorf("%q", got)
	}
	want := "tcpserver: status: 1/40\ntcpserver: pid P from 127.0.0.1\ntcpserver: deny P 0:127.0.0.1:P :127.0.0.1::P\n" +
		"tcpserver: end P status 25600\ntcpserver: status: 0/40"
	if got := strings.Join(s.Lines(5), "\n"); got != want {
		t.Errorf("%s", got)
	}
	os.Remove(file)
	s.Ask("127.0.0.1", "")
	want = "tcpserver: status: 1/40\ntcpserver: pid P from 127.0.0.1\n" +
		"tcpserver: warning: dropping connection, unable to read " + file + ": file does not exist\n" +
		"tcpserver: end P status 28416\ntcpserver: status: 0/40"
	if got := strings.Join(s.Lines(5), "\n"); got != want {
		t.Errorf("%s", got)
	}
}

// The second client is served when the first is done, not before.
func TestLimit(t *testing.T) {
	s := start(t, "-v", "-c1", "127.0.0.1", "0", "cat")
	first, second := s.Dial("127.0.0.1"), s.Dial("127.0.0.1")
	for _, c := range []net.Conn{first, second} {
		io.WriteString(c, "a")
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		c.Close()
	}
	one := []string{"tcpserver: status: 1/1", "tcpserver: pid P from 127.0.0.1", "tcpserver: ok P 0:127.0.0.1:P :127.0.0.1::P",
		"tcpserver: end P status 0", "tcpserver: status: 0/1"}
	want := fmt.Sprint(append(append([]string{"tcpserver: status: 0/1"}, one...), one...))
	if got := fmt.Sprint(s.Lines(11)); got != want {
		t.Errorf("%s", got)
	}
}

func TestLimitPerAddress(t *testing.T) {
	file := rules(t, "127.:allow,MAXCONNC=\"2\",DIEMSG=\"421 no\"\n")
	for _, c := range []struct {
		args      []string
		env, says string
		label     string
	}{
		{[]string{"-C1:go away"}, "A=", "go away\r\n", "MAXCONNIP:1"},
		{nil, "MAXCONNIP=1", "", "MAXCONNIP:1"},
		{[]string{"-C5"}, "MAXCONNIP=1", "", "MAXCONNIP:1"},
		{[]string{"-x", file}, "MAXCONNC=9", "421 no\r\n", "MAXCONNC:2"},
		{nil, "MAXCONNIP=none", "a", ""},
	} {
		args := append([]string{"tcpserver", "-1vRHl0"}, c.args...)
		s := listentest.Start(t, []string{c.env}, append(args, "127.0.0.1", "0", "cat")...)
		held := 1 + strings.Count(c.label, "MAXCONNC")
		for range held {
			conn := s.Dial("127.0.0.1")
			io.WriteString(conn, "a")
			if _, err := conn.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
		}
		if got := s.Ask("127.0.0.1", "a"); got != c.says {
			t.Errorf("%v %s: %q", c.args, c.env, got)
		}
		// A program may have answered before the log tells of it.
		served := held
		if c.label == "" {
			served++
		}
		log := strings.Join(s.Lines(1+3*held+3), "\n")
		if c.label != "" {
			log += "\n" + strings.Join(s.Lines(2), "\n")
		}
		if strings.Contains(log, "deny") != (c.label != "") || !strings.Contains(log, c.label) || strings.Count(log, " ok ") != served {
			t.Errorf("%v %s: %s", c.args, c.env, log)
		}
	}
}

// quiet is a name server that answers nothing about 127.0.0.2.
func quiet(t *testing.T) (ip string) {
	ip = "127.76.0." + fmt.Sprint(1+os.Getpid()%250)
	conn, err := net.ListenPacket("udp", ip+":53")
	if err != nil {
		t.Skip("there is no name server for this test: ", err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if strings.Contains(string(buf[:n]), "\x012\x010\x010\x03127") {
				continue
			}
			buf[2], buf[3] = 0x81, 0x83 // no such name
			conn.WriteTo(buf[:n], from)
		}
	}()
	return ip
}

// A client about whom nobody answers holds up no other, and is served in the
// end.
func TestSlowLookup(t *testing.T) {
	env := []string{"DNSCACHEIP=" + quiet(t), "RES_OPTIONS=timeout:1 attempts:1", "TCPREMOTEHOST=x"}
	s := listentest.Start(t, env, "tcpserver", "-1vRl0", "127.0.0.1", "0", "sh", "-c", `echo ${TCPREMOTEHOST-none} $TCPREMOTEIP; cat`)
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 2)}}
	slow, err := dialer.Dial("tcp", "127.0.0.1:"+s.Port)
	if err != nil {
		t.Skip("127.0.0.2 is not an address here: ", err)
	}
	defer slow.Close()
	if got := s.Ask("127.0.0.1", ""); got != "none 127.0.0.1\n" {
		t.Errorf("%q", got)
	}
	b := make([]byte, len("none 127.0.0.2\n"))
	if _, err := io.ReadFull(slow, b); err != nil || string(b) != "none 127.0.0.2\n" {
		t.Errorf("%q %v", b, err)
	}
	log := strings.Join(s.Lines(9), "\n")
	first, last := strings.Index(log, "from 127.0.0.1"), strings.Index(log, "from 127.0.0.2")
	if first < 0 || last < first || !strings.Contains(log, "status: 2/40") {
		t.Error(log)
	}
}

func TestMissingProgram(t *testing.T) {
	s := start(t, "127.0.0.1", "0", "no-such-program")
	s.Ask("127.0.0.1", "")
	want := "[tcpserver: warning: dropping connection, unable to run no-such-program: file does not exist]"
	if got := fmt.Sprint(s.Lines(1)); got != want {
		t.Error(got)
	}
}

// SIGTERM ends the server, not those whom it serves.
func TestTerm(t *testing.T) {
	s := start(t, "-B", "hello ", "127.0.0.1", "0", "cat")
	c := s.Dial("127.0.0.1")
	io.WriteString(c, "a")
	b := make([]byte, 7)
	if _, err := io.ReadFull(c, b); err != nil || string(b) != "hello a" {
		t.Fatal(string(b), err)
	}
	s.Cmd.Process.Signal(syscall.SIGTERM)
	if err := s.Cmd.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := net.Dial("tcp", "127.0.0.1:"+s.Port); err == nil {
		t.Error("it still listens")
	}
	io.WriteString(c, "b")
	if _, err := io.ReadFull(c, b[:1]); err != nil || b[0] != 'b' {
		t.Error(string(b), err)
	}
}

func TestManyIdle(t *testing.T) {
	const many = 1000
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil || files.Cur < many+100 {
		t.Skip("too few descriptors for that many clients")
	}
	if testing.Short() {
		t.Skip("a thousand processes")
	}
	s := start(t, "-c1000", "-b1000", "127.0.0.1", "0", "cat")
	conns := make([]net.Conn, many)
	for i := range conns {
		conns[i] = s.Dial("127.0.0.1")
	}
	b := make([]byte, 1)
	for i, c := range conns {
		io.WriteString(c, "x")
		if _, err := io.ReadFull(c, b); err != nil {
			t.Fatal(i, err)
		}
	}
	if code, log := func() (int, string) {
		for _, c := range conns {
			c.Close()
		}
		return s.Rest()
	}(); code != 0 || log != "" {
		t.Error(code, log)
	}
}

// What clients get and the log says is what the C program would make of it.
func TestSameAsOriginal(t *testing.T) {
	if _, err := exec.LookPath(original); err != nil {
		t.Skip("the C program is not installed")
	}
	file := rules(t, "127.:allow,X=\"y\"\n")
	for _, args := range [][]string{
		{"-v", "127.0.0.1", "0", "sh", "-c", variables + "; exit 3"},
		{"-vl", "a:b%c\x01", "127.0.0.1", "0", "sh", "-c", variables + "; kill -9 $$"},
		{"-vc5", "-x", file, "", "0", "sh", "-c", "echo $X; cat"},
		{"-vBbanner", "-x/none", "0", "0", "cat"},
		{"-vXx/none", "0", "0", "echo", "-x"},
		{"-v", "0", "0", "no-such-program"},
		{"-qx/none", "0", "0", "echo"},
		{"-vdDoOb3t1", "0", "0", "printf", "%s", "a b"},
	} {
		var seen []string
		for _, program := range []string{original, "tcpserver"} {
			s := listentest.Start(t, nil, append([]string{program, "-1RHl0"}, args...)...)
			answer := s.Ask("127.0.0.1", "question")
			n := 0
			if strings.HasPrefix(args[0], "-v") {
				n = 6
				if strings.Contains(fmt.Sprint(args), "no-such") {
					n = 7
				}
			}
			seen = append(seen, fmt.Sprintf("%q\n%s", answer, strings.Join(s.Lines(n), "\n")))
		}
		if seen[0] != seen[1] {
			t.Errorf("%q: C: %s\nours: %s", args, seen[0], seen[1])
		}
	}
}
