package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/certtest"
	"qmailkit/internal/clitest"
)

// checker is a program that takes any password but "wrong", shows what it was
// given, and then what the client says.
const checker = `tr '\000' / <&3 >given
grep -q /wrong/ given && exit 1
echo "+OK $(cat given)"; while read line; do echo "said $line"; case $line in QUIT*) exit 0;; esac; done; touch gone`

func certificate(t testing.TB) string { return certtest.Make(t, &x509.Certificate{}).PEM() }

// popup starts the program at one end of a connection and returns the other.
func popup(t *testing.T, dir string, env ...string) (client net.Conn, end func() clitest.Result) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if client, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	client.SetDeadline(time.Now().Add(20 * time.Second))
	program := clitest.Script(t, filepath.Join(dir, "checker"), checker)
	p, finish := clitest.Proc(t, "qmail-popup", clitest.World{
		Args: []string{"pop.example", program}, Env: env, Dir: dir, Home: dir, Stdin: file, Stdout: file, Now: time.Unix(1e9, 0),
	})
	done := make(chan int, 1)
	go func() {
		done <- p.End(Run(p))
		// As the end of the process would, but for what still reads from file.
		conn.(*net.TCPConn).CloseWrite()
		conn.(*net.TCPConn).CloseRead()
	}()
	return client, func() clitest.Result {
		code := <-done
		client.Close()
		return finish(code)
	}
}

const greeting = "+OK <4242.1000000000@pop.example>\r\n"

// say sends text and returns all that comes until the end.
func say(t *testing.T, c net.Conn, text string) string {
	t.Helper()
	io.WriteString(c, text)
	all, err := io.ReadAll(c)
	if err != nil {
		t.Errorf("after %q: %v", text, err)
	}
	return strings.ReplaceAll(strings.TrimPrefix(string(all), greeting), "\r\n", "\n")
}

var dialogues = []struct{ said, heard string }{
	{"USER joe\r\nPASS a b\r\nQUIT\r\n", "+OK \n+OK joe/a b/<4242.1000000000@pop.example>/\nsaid QUIT\n"},
	{"APOP joe 0123\r\nQUIT\r\n", "+OK joe/0123/<4242.1000000000@pop.example>/\nsaid QUIT\n"},
	{"USER joe\r\nPASS wrong\r\n", "+OK \n-ERR authorization failed\n"},
	{"PASS x\r\nUSER\r\nAPOP x\r\nSTAT\r\nNOOP\r\nQUIT\r\n", "-ERR USER first\n-ERR syntax error\n-ERR syntax error\n-ERR authorization first\n+OK \n+OK \n"},
}

func lines(s string) string { return strings.ReplaceAll(s, "\r", "") }

func TestClear(t *testing.T) {
	for _, d := range append(dialogues, struct{ said, heard string }{
		"CAPA\r\nSTLS\r\nQUIT\r\n", "+OK \nUSER\nTOP\nUIDL\nPIPELINING\nIMPLEMENTATION qmailkit\n.\n-ERR authorization first\n+OK \n",
	}) {
		client, end := popup(t, t.TempDir())
		if got := lines(say(t, client, d.said)); got != d.heard {
			t.Errorf("%q: %q", d.said, got)
		}
		if r := end(); r.Code != 1 || r.Stderr != "" {
			t.Errorf("%q: %+v", d.said, r)
		}
	}
}

func TestTLS(t *testing.T) {
	cert := certificate(t)
	for _, d := range dialogues {
		dir := t.TempDir()
		clitest.Files(t, dir, map[string]string{"control/servercert.pem": cert})
		for _, begin := range []string{"POP3S=1", ""} {
			client, end := popup(t, dir, begin)
			if begin == "" {
				in := bufio.NewReader(client)
				io.WriteString(client, "CAPA\r\nUSER eve\r\nSTLS\r\n")
				for line := ""; line != "STLS\r\n"; {
					line, _ = in.ReadString('\n')
				}
				for range 3 { // the dot, USER, STLS
					in.ReadString('\n')
				}
			}
			secure := tls.Client(client, &tls.Config{InsecureSkipVerify: true})
			if got := lines(say(t, secure, d.said)); got != d.heard {
				t.Errorf("%q %q: %q", begin, d.said, got)
			}
			if r := end(); r.Code != 1 || r.Stderr != "" {
				t.Errorf("%q %q: %+v", begin, d.said, r)
			}
		}
	}
}

// What comes behind STLS in the open is never obeyed.
func TestInjection(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"control/servercert.pem": certificate(t)})
	client, end := popup(t, dir)
	if got := say(t, client, "STLS\r\nUSER eve\r\nPASS x\r\n"); strings.Contains(got, "eve") || !strings.HasPrefix(got, "+OK \n") {
		t.Errorf("%q", got)
	}
	if r := end(); r.Code != 1 || !strings.Contains(r.Stderr, "unable to begin TLS") {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(filepath.Join(dir, "given")); err == nil {
		t.Error("the checker was run")
	}
}

// A client that goes away behind TLS is the end of the program's input.
func TestGone(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"control/servercert.pem": certificate(t)})
	client, end := popup(t, dir, "POP3S=1")
	secure := tls.Client(client, &tls.Config{InsecureSkipVerify: true})
	io.WriteString(secure, "USER joe\r\nPASS x\r\n")
	in := bufio.NewReader(secure)
	for range 3 {
		if _, err := in.ReadString('\n'); err != nil {
			t.Fatal(err)
		}
	}
	client.Close()
	end()
	if _, err := os.Stat(filepath.Join(dir, "gone")); err != nil {
		t.Error("the program has not seen the end")
	}
}

func TestTrouble(t *testing.T) {
	dir := t.TempDir()
	client, end := popup(t, dir, "POP3S=1")
	if got := say(t, client, ""); got != "" {
		t.Errorf("without a certificate %q is sent in the open", got)
	}
	if r := end(); !strings.Contains(r.Stderr, "control/servercert.pem") {
		t.Errorf("%+v", r)
	}
	for _, args := range [][]string{nil, {"host"}} {
		r := clitest.Run(t, "qmail-popup", Run, clitest.World{Args: args})
		if r.Code != 1 || r.Stdout != "-ERR usage: popup hostname subprogram\r\n" {
			t.Errorf("%q: %+v", args, r)
		}
	}
	r := clitest.Run(t, "qmail-popup", Run, clitest.World{Args: []string{"host", "./none"}, Input: "APOP a b\r\n"})
	if !strings.HasSuffix(r.Stdout, "-ERR authorization failed\r\n") {
		t.Errorf("no program: %+v", r)
	}
}
