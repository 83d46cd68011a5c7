package client

import (
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/dnstest"
	"qmailkit/remote"
)

// OpenSSL is another hand's TLS: s_server says what it reads, here all of the
// host's answers, and prints what it is sent.
func TestOpenSSL(t *testing.T) {
	openssl, err := exec.LookPath("openssl")
	if err != nil {
		t.Skip("openssl is not installed")
	}
	cert, public := certificate(t)
	key, err := x509.MarshalPKCS8PrivateKey(cert.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{
		"pem":     public + string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: key})),
		"answers": "220 x\r\n250-x\r\n250 PIPELINING\r\n250 ok\r\n250 ok\r\n354 go\r\n250 queued\r\n",
	})
	l, err := net.Listen("tcp", "127.0.0.1:0") // a port that is free
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().(*net.TCPAddr).AddrPort()
	l.Close()
	server := exec.Command(openssl, "s_server", "-quiet", "-naccept", "1", "-accept", addr.String(), "-cert", dir+"/pem", "-key", dir+"/pem", "-tls1_2")
	var got strings.Builder
	server.Stdout = &got
	answers, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	defer server.Process.Kill()
	io.WriteString(answers, clitest.Read(t, dir+"/answers"))

	home := t.TempDir()
	clitest.Files(t, home, map[string]string{
		"control/me": "me.example\n", "control/smtproutes": ":mx.example:465\n", "control/tlshosts/mx.example.pem": public,
	})
	names := dnstest.Server(t, dnstest.Zone{"mx.example A": "127.0.0.1"})
	run := func(p *cmd.Proc) error {
		return Program(p, func(e *remote.Engine, job remote.Job) remote.Result {
			e.Dial = func(local netip.Addr, _ netip.AddrPort, connect, timeout time.Duration) (conn io.ReadWriteCloser, err error) {
				for range 1000 { // until it listens
					if conn, err = remote.TCP(local, addr, connect, timeout); err == nil {
						break
					}
					time.Sleep(time.Millisecond)
				}
				return conn, err
			}
			return e.Deliver(job)
		})
	}
	r := clitest.Run(t, "qmail-remote", run, clitest.World{
		Home: home, Args: []string{"d.example", "s@b", "u@d"}, Input: "hi\n", Env: []string{"DNSCACHEIP=" + names},
	})
	if want := strings.ReplaceAll(strings.ReplaceAll(proven, "TLSv1.3", "TLSv1.2"), "|", "\x00"); r.Stdout != want {
		t.Errorf("%q, want %q", r.Stdout, want)
	}
	server.Wait()
	want := "EHLO me.example\r\nMAIL FROM:<s@b>\r\nRCPT TO:<u@d>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n"
	if got.String() != want {
		t.Errorf("%q, want %q", got.String(), want)
	}
}
