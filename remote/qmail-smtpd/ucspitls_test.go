package main

import (
	"bufio"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
)

// sslserver runs the program as a UCSPI server with delayed encryption does.
// open is the client's connection in the open, and secret what the server
// has decrypted of it.
func sslserver(t *testing.T, home string, args []string, env ...string) (open, control, secret *talker) {
	t.Helper()
	var ours, theirs [3]*os.File
	for i := range ours {
		fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		ours[i], theirs[i] = os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
		syscall.CloseOnExec(fds[0])
		syscall.CloseOnExec(fds[1])
	}
	c := exec.Command(os.Args[0], args...)
	c.Stdin, c.Stdout, c.Stderr = theirs[0], theirs[0], os.Stderr
	c.ExtraFiles = []*os.File{theirs[1], theirs[2], theirs[2]}
	c.Env = append([]string{homeVar + "=" + home, "SSLCTLFD=3", "SSLREADFD=4", "SSLWRITEFD=5"}, env...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	var talkers [3]*talker
	for i, f := range ours {
		conn, err := net.FileConn(f)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		theirs[i].Close()
		conn.SetDeadline(time.Now().Add(patience))
		talkers[i] = &talker{t, conn, bufio.NewReader(conn)}
	}
	t.Cleanup(func() {
		for _, x := range talkers {
			x.Close()
		}
		c.Wait()
	})
	return talkers[0], talkers[1], talkers[2]
}

func TestDelayedEncryption(t *testing.T) {
	for _, c := range []struct {
		letter, tell string // what UCSPITLS is, and what the server tells of a certificate
		order        string
		plain, relay string // how mail is answered in the open, and how a recipient elsewhere is in TLS
	}{
		{"", "", "y", "250", "553"},
		{"!", "", "y", "530", "553"},
		{"?", "SSL_PROTOCOL=TLSv1.3\x00SSL_CLIENT_S_DN=/CN=joe\x00SSL_CLIENT_S_DN_Email=joe@here.example\x00\x00", "Y", "250", "250"},
		{"?", "SSL_PROTOCOL=TLSv1.3\x00\x00", "Y", "250", "553"},
		{"@", "SSL_CLIENT_S_DN=/CN=joe\x00SSL_CLIENT_VERIFY=FAILED:1\x00\x00", "Y", "530", "553"},
	} {
		q := clitest.NewQueue(t, 0)
		open, control, secret := sslserver(t, home(t, nil), nil, "UCSPITLS="+c.letter, q.Env())
		open.want("", "220")
		if reply := open.say("EHLO x"); !strings.Contains(reply, "250-STARTTLS\r\n") {
			t.Fatalf("%s: %q", c.letter, reply)
		}
		open.want("MAIL FROM:<a@b.example>", c.plain, "STARTTLS\r\nMAIL FROM:<injected@b.example>", "220")
		order := make([]byte, 1)
		if _, err := io.ReadFull(control, order); err != nil || string(order) != c.order {
			t.Fatalf("%s: %q %v", c.letter, order, err)
		}
		io.WriteString(control, c.tell)
		secret.want("RCPT TO:<u@here.example>", "503", "EHLO y", "250", "MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@far.example>", c.relay,
			"RCPT TO:<u@here.example>", "250", "DATA", "354", "hi\r\n.", "250", "QUIT", "221")
		if got := q.Message(t); !strings.Contains(got, " with ESMTPS; ") || strings.Contains(got, "joe@here.example@") != (c.relay == "250") {
			t.Errorf("%s: %q", c.letter, got)
		}
	}
}

// AUTH within TLS that another program has begun is the business of the
// program that has AUTH.
func TestDelayedAuth(t *testing.T) {
	dir := home(t, nil)
	check := clitest.Script(t, dir+"/bin/check", checker)
	withProgram(t, dir)
	open, control, secret := sslserver(t, dir, []string{check, "true"}, "UCSPITLS=", "SMTPAUTH=", "PATH=/usr/bin:/bin")
	open.want("", "220")
	if reply := open.say("EHLO x"); !strings.Contains(reply, "250-STARTTLS\r\n") || strings.Contains(reply, "AUTH") {
		t.Fatalf("%q", reply)
	}
	open.want("AUTH PLAIN AGpvZUBoZXJlLmV4YW1wbGUAc2VjcmV0", "538", "STARTTLS", "220")
	order := make([]byte, 1)
	if _, err := io.ReadFull(control, order); err != nil || string(order) != "y" {
		t.Fatalf("%q %v", order, err)
	}
	if reply := secret.say("EHLO x"); strings.Contains(reply, "STARTTLS") || !strings.Contains(reply, "250-AUTH LOGIN PLAIN\r\n") {
		t.Fatalf("%q", reply)
	}
	secret.want("AUTH PLAIN AGpvZUBoZXJlLmV4YW1wbGUAc2VjcmV0", "235", "MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@far.example>", "250", "QUIT", "221")
}

// Where TLS has begun before the program, or the administrator wants none of
// it, it is not offered.
func TestTLSElsewhere(t *testing.T) {
	for _, c := range []struct{ env, with string }{{"UCSPITLS=-", "SMTP"}, {"SSL=1", "ESMTPS"}} {
		files, _ := tlsFiles(t)
		q := clitest.NewQueue(t, 0)
		got := clitest.Run(t, "qmail-smtpd", Run, clitest.World{Home: home(t, files), Env: []string{q.Env(), c.env}, Input: mail})
		if got.Code != 0 || strings.Contains(got.Stdout, "STARTTLS") || !strings.Contains(q.Message(t), " with "+c.with+"; ") {
			t.Errorf("%s: %+v %q", c.env, got, q.Message(t))
		}
	}
}
