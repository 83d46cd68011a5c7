package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/certtest"
	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/remote/smtpd/front"
	"qmailkit/remote/smtpd/secure"
)

// homeVar makes the test's binary the program, with this home; with tlsVar it is
// the one that has TLS.
const (
	homeVar = "QMAILKIT_TEST_HOME"
	tlsVar  = "QMAILKIT_TEST_TLS"
)

func TestMain(m *testing.M) {
	if dir := os.Getenv(homeVar); dir != "" {
		cmd.Main("qmail-smtpd", func(p *cmd.Proc) error {
			p.Home = dir
			if p.Getenv(tlsVar) != "" {
				return withTLS(p)
			}
			return Run(p)
		})
	}
	os.Exit(m.Run())
}

// withProgram puts qmail-smtpd-tls into a home.
func withProgram(t *testing.T, home string) {
	t.Helper()
	clitest.Script(t, home+"/bin/"+front.Program, tlsVar+"=1 exec "+os.Args[0]+` "$@"`)
}

// withTLS is qmail-smtpd-tls.
func withTLS(p *cmd.Proc) error { return front.Serve(p, secure.Parts(p)) }

// tlsFiles are a home's that offers TLS. The certificate is its own authority,
// and a client's too: joe@here.example's.
func tlsFiles(t *testing.T) (files map[string]string, pair tls.Certificate) {
	t.Helper()
	own := certtest.Make(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: "mx.example"}, DNSNames: []string{"mx.example"}, EmailAddresses: []string{"joe@here.example"},
		IsCA: true, BasicConstraintsValid: true, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	})
	return map[string]string{
		"control/servercert.pem": own.PEM(), "control/clientca.pem": own.Cert, "control/tlsclients": "joe@here.example\n",
	}, own.TLS
}

// server starts the program for each connection, as tcpserver does.
type server struct {
	addr   string
	home   string
	pair   tls.Certificate
	stderr string // a file
}

// queueScript keeps what a message came with, in the folder $Q.
const queueScript = `cat > "$Q/mess"; tr '\000' '\n' <&1 > "$Q/env"; env > "$Q/environ"`

// checker is a checkpassword program that knows joe@here.example with the password
// secret.
const checker = `run=$1
set -- $(tr '\000' '\n' <&3)
[ "$1" = joe@here.example ] || exit 1
want=secret
[ -z "$3" ] || want=$(printf %s "$3" | openssl dgst -md5 -hmac secret | sed 's/.*= *//')
[ "$2" = "$want" ] || exit 1
exec "$run"`

// serve starts a server with the arguments; those named CHECK stand for the
// checkpassword program.
func serve(t *testing.T, env []string, args ...string) *server {
	t.Helper()
	files, pair := tlsFiles(t)
	s := &server{home: home(t, files), pair: pair}
	s.stderr = s.home + "/stderr"
	queue := clitest.Script(t, s.home+"/bin/queue", queueScript)
	check := clitest.Script(t, s.home+"/bin/check", checker)
	withProgram(t, s.home)
	for i := range args {
		args[i] = strings.Replace(args[i], "CHECK", check, 1)
	}
	log, err := os.Create(s.stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { log.Close() })
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	environ := append([]string{homeVar + "=" + s.home, "Q=" + s.home, "QMAILQUEUE=" + queue, "PATH=/usr/bin:/bin"}, env...)
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			f, err := conn.(*net.TCPConn).File()
			conn.Close()
			if err != nil {
				t.Error(err)
				return
			}
			c := exec.Command(os.Args[0], args...)
			c.Stdin, c.Stdout, c.Stderr, c.Env = f, f, log, environ
			err = c.Start()
			f.Close()
			if err != nil {
				t.Error(err)
				return
			}
			c.Wait()
		}
	}()
	return s
}

// got is a file that the queue script, or the program, has left.
func (s *server) got(t *testing.T, name string) string { return clitest.Read(t, s.home+"/"+name) }

// patience is how long a session may take before the test is given up.
const patience = time.Minute

// talker is a client.
type talker struct {
	t *testing.T
	net.Conn
	r *bufio.Reader
}

func (s *server) dial(t *testing.T) *talker {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	return &talker{t, conn, bufio.NewReader(conn)}
}

// secure begins TLS.
func (c *talker) secure(config *tls.Config) {
	c.t.Helper()
	conn := tls.Client(c.Conn, config)
	if err := conn.Handshake(); err != nil {
		c.t.Fatal(err)
	}
	c.Conn, c.r = conn, bufio.NewReader(conn)
}

// say sends a line, unless it is empty, and returns the reply.
func (c *talker) say(line string) (reply string) {
	c.t.Helper()
	if line != "" {
		if _, err := c.Write([]byte(line + "\r\n")); err != nil {
			c.t.Fatal(err)
		}
	}
	for {
		text, err := c.r.ReadString('\n')
		if err != nil {
			c.t.Fatalf("after %q: %q %v", line, reply+text, err)
		}
		reply += text
		if len(text) > 3 && text[3] != '-' {
			return reply
		}
	}
}

// want says lines and looks at how the replies begin.
func (c *talker) want(pairs ...string) {
	c.t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		if reply := c.say(pairs[i]); !strings.HasPrefix(reply, pairs[i+1]) {
			c.t.Fatalf("%q is answered %q, not %s", pairs[i], reply, pairs[i+1])
		}
	}
}

func insecure() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }
