package main

import (
	"crypto/tls"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/remote/smtpd/front"
)

const mail = "EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<u@here.example>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n"

func tool(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skip(name + " is not installed")
	}
	return path
}

func TestOpenSSL(t *testing.T) {
	openssl := tool(t, "openssl")
	for _, c := range []struct {
		env   string
		extra []string
	}{
		{"X=", []string{"-starttls", "smtp"}},
		{"X=", []string{"-starttls", "smtp", "-tls1_2"}},
		{"SMTPS=1", nil},
	} {
		s := serve(t, []string{c.env})
		command := exec.Command(openssl, append([]string{"s_client", "-quiet", "-connect", s.addr}, c.extra...)...)
		command.Stdin = strings.NewReader(mail)
		out, err := command.Output()
		if err != nil || !strings.Contains(string(out), "221 mx.example") {
			t.Errorf("%v: %q %v", c, out, err)
		}
		if strings.Contains(string(out), "STARTTLS") {
			t.Errorf("%v: TLS is offered inside TLS: %q", c, out)
		}
		if got := s.got(t, "mess"); !strings.Contains(got, "by unknown with ESMTPS; ") || !strings.HasSuffix(got, "\nhi\n") {
			t.Errorf("%v: %q", c, got)
		}
		if got := s.got(t, "stderr"); got != "" {
			t.Errorf("%v: %q", c, got)
		}
	}
}

// What comes in one packet with STARTTLS is nobody's; what was said before
// counts for nothing.
func TestPipelinedSTARTTLS(t *testing.T) {
	s := serve(t, []string{"SMTPAUTH=", "ALLOW_INSECURE_AUTH=1"}, "CHECK", "true")
	c := s.dial(t)
	c.want("", "220", "EHLO x", "250", "AUTH PLAIN AGpvZUBoZXJlLmV4YW1wbGUAc2VjcmV0", "235",
		"MAIL FROM:<a@b.example>", "250", "STARTTLS\r\nMAIL FROM:<injected@b.example>\r\nRCPT TO:<u@here.example>", "220")
	c.secure(insecure())
	c.want("RCPT TO:<u@here.example>", "503", "MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@far.example>", "553",
		"RCPT TO:<u@here.example>", "250", "DATA", "354", "hi\r\n.", "250", "STARTTLS", "502", "QUIT", "221")
	if got := s.got(t, "mess"); !strings.HasPrefix(got, "Received: from unknown (unknown)\n  by unknown with ESMTPS; ") {
		t.Errorf("%q", got)
	}
}

func TestCertificateRelays(t *testing.T) {
	for _, env := range []string{"X=", "SMTPS=1"} {
		s := serve(t, []string{env})
		c := s.dial(t)
		if env == "X=" {
			c.want("", "220", "STARTTLS", "220")
		}
		config := insecure()
		config.Certificates = []tls.Certificate{s.pair}
		c.secure(config)
		if env != "X=" {
			c.want("", "220")
		}
		c.want("EHLO x", "250", "MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@far.example>", "250", "DATA", "354", "hi\r\n.", "250", "QUIT", "221")
		if got := s.got(t, "mess"); !strings.Contains(got, "(joe@here.example@unknown)\n  by unknown with ESMTPS; ") {
			t.Errorf("%s: %q", env, got)
		}
		if got := s.got(t, "environ"); !strings.Contains(got, "RELAYCLIENT=\n") || strings.Contains(got, "SMTPAUTH") {
			t.Errorf("%s: %q", env, got)
		}
	}
}

// A certificate that cannot be used is found out before the client is told to
// begin.
func TestBadCertificate(t *testing.T) {
	dir := home(t, map[string]string{"control/servercert.pem": "x\n"})
	got := clitest.Run(t, "qmail-smtpd", withTLS, clitest.World{Home: dir, Input: "EHLO x\r\nSTARTTLS\r\nQUIT\r\n"})
	if got.Code != 0 || !strings.Contains(got.Stdout, "250-STARTTLS\r\n") || !strings.HasSuffix(got.Stdout, replyNoTLS454+"221 mx.example\r\n") {
		t.Errorf("%+v", got)
	}
	if !strings.HasPrefix(got.Stderr, "qmail-smtpd: unable to begin TLS: "+dir+"/control/servercert.pem: ") {
		t.Errorf("%q", got.Stderr)
	}
	got = clitest.Run(t, "qmail-smtpd", withTLS, clitest.World{Home: dir, Env: []string{"SMTPS=1"}, Input: "EHLO x\r\n"})
	if got.Code != front.ExitFailure || got.Stdout != "" || got.Stderr == "" {
		t.Errorf("%+v", got)
	}
}

const replyNoTLS454 = "454 TLS is not available now (#4.3.0)\r\n"

// Without the program that has TLS, or where that cannot begin it, the client
// is told so, and goes on as the one that it was.
func TestNoTLS(t *testing.T) {
	for _, c := range []struct {
		what  string
		spoil func(s *server) error
		said  string
	}{
		{"no program", func(s *server) error { return os.Remove(s.home + "/bin/" + front.Program) },
			"qmail-smtpd: unable to run bin/qmail-smtpd-tls: file does not exist\n"},
		{"no certificate", func(s *server) error { return os.WriteFile(s.home+"/control/servercert.pem", nil, 0o644) },
			"/control/servercert.pem: tls: failed to find any PEM data"},
	} {
		s := serve(t, nil)
		if err := c.spoil(s); err != nil {
			t.Fatal(err)
		}
		client := s.dial(t)
		client.want("", "220", "EHLO c.example", "250", "STARTTLS\r\nMAIL FROM:<a@b.example>", "454", "", "250",
			"STARTTLS", "454", "RCPT TO:<u@here.example>", "503", "MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@here.example>", "250",
			"DATA", "354", "hi\r\n.", "250", "QUIT", "221")
		if got := s.got(t, "mess"); !strings.HasPrefix(got, "Received: from unknown (HELO c.example) (unknown)\n  by unknown with SMTP; ") {
			t.Errorf("%s: %q", c.what, got)
		}
		if got := s.got(t, "environ"); strings.Contains(got, "STARTTLS") {
			t.Errorf("%s: %q", c.what, got)
		}
		if got := s.got(t, "stderr"); !strings.Contains(got, c.said) {
			t.Errorf("%s: %q", c.what, got)
		}
	}
	s := serve(t, []string{"SMTPS=1"})
	os.Remove(s.home + "/bin/" + front.Program)
	if got, err := io.ReadAll(s.dial(t)); len(got) > 0 || err != nil {
		t.Errorf("SMTPS: %q %v", got, err)
	}
}
