package main

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/sasl"
	"qmailkit/remote/smtpd/front"
)

func TestSwaks(t *testing.T) {
	swaks := tool(t, "swaks")
	tool(t, "openssl") // for the script that checks
	if out, _ := exec.Command(swaks, "--support").CombinedOutput(); !strings.Contains(string(out), "AUTH CRAM-MD5 supported") {
		t.Skip("swaks lacks CRAM-MD5")
	}
	for _, args := range [][]string{{"CHECK", "true"}, {"mx.example", "CHECK", "true"}} {
		s := serve(t, []string{"SMTPAUTH=+cram", "FORCEAUTHMAILFROM=1", "FORCETLS=0"}, args...)
		for _, c := range []struct{ mechanism, password, code string }{
			{"PLAIN", "secret", ""}, {"LOGIN", "secret", ""}, {"CRAM-MD5", "secret", ""},
			{"PLAIN", "wrong", "535"}, {"LOGIN", "wrong", "535"}, {"CRAM-MD5", "wrong", "535"},
		} {
			host, port, _ := net.SplitHostPort(s.addr)
			out, err := exec.Command(swaks, "--server", host, "--port", port, "--auth", c.mechanism, "--auth-user", "joe@here.example",
				"--auth-password", c.password, "--from", "joe@here.example", "--to", "u@far.example", "--ehlo", "c.example").CombinedOutput()
			if (err == nil) != (c.code == "") || c.code != "" && !strings.Contains(string(out), "<** "+c.code+" ") {
				t.Errorf("%v: %v %s", c, err, out)
			}
			if c.code != "" {
				continue
			}
			if got := s.got(t, "mess"); !strings.HasPrefix(got, "Received: from unknown (HELO c.example) (joe@here.example@unknown)\n  by unknown with ESMTPA; ") {
				t.Errorf("%v: %q", c, got)
			}
			environ := "\n" + s.got(t, "environ")
			for _, line := range []string{"SMTPAUTHMETHOD=" + strings.ToLower(c.mechanism), "SMTPAUTHUSER=joe@here.example", "TCPREMOTEINFO=joe@here.example", "RELAYCLIENT="} {
				if !strings.Contains(environ, "\n"+line+"\n") {
					t.Errorf("%v: no %s in %s", c, line, environ)
				}
			}
		}
	}
}

// A password is asked for in TLS, and told to the program that knows it.
func TestPassword(t *testing.T) {
	s := serve(t, []string{"SMTPS=1", "SMTPAUTH=!"}, "CHECK", "true")
	c := s.dial(t)
	c.secure(insecure())
	c.want("", "220")
	if got := c.say("EHLO x"); !strings.Contains(got, "250-AUTH LOGIN PLAIN\r\n") {
		t.Errorf("%q", got)
	}
	c.want("MAIL FROM:<a@b.example>", "530", "AUTH PLAIN "+encode("\x00joe@here.example\x00x"), "535",
		"AUTH PLAIN "+encode("\x00joe@here.example\x00secret"), "235", "MAIL FROM:<a@b.example>", "250",
		"RCPT TO:<u@far.example>", "250", "DATA", "354", "hi\r\n.", "250", "QUIT", "221")
	if got := s.got(t, "mess"); !strings.Contains(got, "(joe@here.example@unknown)\n  by unknown with ESMTPSA; ") {
		t.Errorf("%q", got)
	}
}

// verifiers has qmail-scram make a table of these users.
func (s *server) verifiers(t *testing.T, users string) {
	t.Helper()
	c := exec.Command(tool(t, "go"), "run", "-buildvcs=false", "../qmail-scram", "-i", strconv.Itoa(sasl.MinIterations), s.home+"/control/"+front.ScramTable)
	c.Stdin = strings.NewReader(users)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("qmail-scram: %v: %s", err, out)
	}
}

// Where there is no program to ask, a password that is shown is held against
// what SCRAM has of it: a foreign client, and what is not ASCII.
func TestScramPasswords(t *testing.T) {
	curl := tool(t, "curl")
	s := serve(t, []string{"SMTPAUTH=!"})
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"message": "Subject: x\r\n\r\n"})
	s.verifiers(t, "joe:secret\nann:p\u00e4\u00dfword\n")
	for _, c := range []struct {
		mechanism, login string
		code             int
	}{
		{"PLAIN", "joe:secret", 0}, {"LOGIN", "joe:secret", 0}, {"PLAIN", "ann:pa\u0308\u00dfwo\u00adrd", 0},
		{"PLAIN", "joe:wrong", 67}, {"LOGIN", "joe:wrong", 67}, {"PLAIN", "nobody:secret", 67}, {"PLAIN", "joe:", 67}, {"CRAM-MD5", "joe:secret", 67},
	} {
		out, err := exec.Command(curl, "-sS", "-k", "--ssl-reqd", "smtp://"+s.addr+"/c.example", "--mail-from", "joe@here.example", "--mail-rcpt", "u@far.example",
			"-T", dir+"/message", "--user", c.login, "--login-options", "AUTH="+c.mechanism).CombinedOutput()
		code := 0
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			code = exit.ExitCode()
		}
		if code != c.code {
			t.Errorf("%+v: %v %s", c, err, out)
		}
		user, _, _ := strings.Cut(c.login, ":")
		if got := s.got(t, "environ"); code == 0 && !strings.Contains(got, "SMTPAUTHUSER="+user+"\n") {
			t.Errorf("%+v: %s", c, got)
		}
	}
}

func TestScram(t *testing.T) {
	s := serve(t, []string{"SMTPAUTH=cram"})
	s.verifiers(t, "joe:secret\n")
	for _, password := range []string{"secret", "wrong"} {
		c := s.dial(t)
		c.want("", "220", "AUTH SCRAM-SHA-256", "538", "STARTTLS", "220")
		c.secure(insecure())
		if got := c.say("EHLO x"); !strings.Contains(got, "250-AUTH SCRAM-SHA-256-PLUS SCRAM-SHA-256\r\n") {
			t.Errorf("%q", got)
		}
		c.want("AUTH PLAIN AGpvZQBzZWNyZXQ=", "504")
		final := scram(t, password, c.say("AUTH SCRAM-SHA-256 "+encode("n,,n=joe,r=abc")))
		if password == "wrong" {
			c.want(final, "535", "MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@far.example>", "553", "QUIT", "221")
			continue
		}
		// The server proves itself, which the client answers with an empty line.
		c.want(final, "334", "\r\nMAIL FROM:<a@b.example>", "235", "", "250", "RCPT TO:<u@far.example>", "250", "DATA", "354", "hi\r\n.", "250", "QUIT", "221")
		if got := s.got(t, "mess"); !strings.Contains(got, "(joe@unknown)\n  by unknown with ESMTPSA; ") {
			t.Errorf("%q", got)
		}
	}
}

func encode(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// scram answers the server's first message as the client of RFC 5802 3 does.
func scram(t *testing.T, password, challenge string) string {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(strings.TrimPrefix(challenge, "334 ")))
	if err != nil {
		t.Fatalf("%q: %v", challenge, err)
	}
	fields := strings.Split(string(text), ",")
	salt, err := base64.StdEncoding.DecodeString(fields[1][2:])
	if err != nil {
		t.Fatal(err)
	}
	salted, err := pbkdf2.Key(sha256.New, password, salt, sasl.MinIterations, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	sum := func(key []byte, data string) []byte {
		h := hmac.New(sha256.New, key)
		h.Write([]byte(data))
		return h.Sum(nil)
	}
	without := "c=biws," + fields[0]
	key := sum(salted, "Client Key")
	stored := sha256.Sum256(key)
	for i, b := range sum(stored[:], "n=joe,r=abc,"+string(text)+","+without) {
		key[i] ^= b
	}
	return encode(without + ",p=" + base64.StdEncoding.EncodeToString(key))
}

// What is allowed, and what must be, before a sender is taken.
func TestRules(t *testing.T) {
	certificate, _ := tlsFiles(t)
	check := clitest.Script(t, t.TempDir()+"/check", checker)
	const plain = "AUTH PLAIN AGpvZUBoZXJlLmV4YW1wbGUAc2VjcmV0"
	for _, c := range []struct {
		env   string
		files map[string]string
		auth  bool   // announced
		codes string // of AUTH, MAIL, RCPT elsewhere
	}{
		{"SMTPAUTH=", certificate, false, "538 250 553"},
		{"SMTPAUTH=", nil, false, "538 250 553"},
		{"X=", certificate, false, "502 250 553"},
		{"SMTPAUTH=-", certificate, false, "502 250 553"},
		{"SMTPAUTH=0", certificate, false, "502 250 553"},
		{"SMTPAUTH=!", certificate, false, "538 530 503"},
		{"SMTPAUTH= FORCETLS=0", certificate, true, "235 250 250"},
		{"SMTPAUTH= FORCETLS=1", certificate, false, "538 530 503"},
		{"SMTPAUTH= FORCETLS=1", nil, false, "538 454 503"},
		{"FORCE_TLS=1 DISABLETLS=0", certificate, false, "502 530 503"},
		{"SMTPAUTH= FORCETLS=1 ALLOW_INSECURE_AUTH=1", certificate, false, "538 530 503"},
		{"SMTPAUTH= ALLOW_INSECURE_AUTH=1", nil, true, "235 250 250"},
		{"SMTPAUTH=cram ALLOW_INSECURE_AUTH=1", nil, true, "504 250 553"},
		{"SMTPAUTH=! ALLOW_INSECURE_AUTH=1", nil, true, "235 250 250"},
		{"SMTPAUTH= REQUIRE_AUTH=1 ALLOW_INSECURE_AUTH=1", nil, true, "235 250 250"},
		{"REQUIRE_AUTH=1", nil, false, "502 530 503"},
		{"SMTPAUTH= FORCEAUTHMAILFROM=1 FORCETLS=0", nil, true, "235 553 503"},
	} {
		q := clitest.NewQueue(t, 0)
		got := clitest.Run(t, "qmail-smtpd", withTLS, clitest.World{
			Home: home(t, c.files), Env: append(strings.Fields(c.env), q.Env()), Args: []string{check, "true"},
			Input: "EHLO x\r\n" + plain + "\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<u@far.example>\r\nQUIT\r\n",
		})
		_, after, _ := strings.Cut(got.Stdout, "250 CHUNKING\r\n")
		codes := ""
		for _, line := range strings.Split(after, "\r\n") {
			if len(line) > 3 && !strings.HasPrefix(line, "221") {
				codes += " " + line[:3]
			}
		}
		if codes != " "+c.codes || strings.Contains(got.Stdout, "250-AUTH ") != c.auth {
			t.Errorf("%s, %d files: %+v", c.env, len(c.files), got)
		}
	}
	got := clitest.Run(t, "qmail-smtpd", withTLS, clitest.World{Home: home(t, certificate), Env: []string{"FORCE_TLS=1", "DENY_TLS=1"}, Input: "QUIT\r\n"})
	if got.Code != front.ExitFailure || got.Stdout != "421 TLS is both forced and disabled (#4.3.5)\r\n" {
		t.Errorf("%+v", got)
	}
	got = clitest.Run(t, "qmail-smtpd", withTLS, clitest.World{Home: home(t, certificate), Env: []string{"DISABLETLS=1"}, Input: "EHLO x\r\nSTARTTLS\r\nQUIT\r\n"})
	if strings.Contains(got.Stdout, "STARTTLS") || !strings.Contains(got.Stdout, "\r\n502 ") {
		t.Errorf("%+v", got)
	}
}

// AUTH that nobody can use must not go unnoticed.
func TestAuthInVain(t *testing.T) {
	for _, c := range []struct{ env, want string }{
		{"X=", "SMTPAUTH without TLS"}, {"FORCETLS=0", "SMTPAUTH without a program or control/scram.cdb"}, {"SMTPAUTH=-", ""},
	} {
		got := clitest.Run(t, "qmail-smtpd", withTLS, clitest.World{Home: home(t, nil), Env: []string{c.env, "SMTPAUTH="}, Input: "EHLO x\r\nQUIT\r\n"})
		want := ""
		if c.want != "" {
			want = "qmail-smtpd: warning: " + c.want + " has no effect\n"
		}
		if got.Code != 0 || got.Stderr != want || strings.Contains(got.Stdout, "AUTH") {
			t.Errorf("%s: %+v", c.env, got)
		}
	}
}

func TestAuthTalk(t *testing.T) {
	check := clitest.Script(t, t.TempDir()+"/check", checker)
	broken := clitest.Script(t, t.TempDir()+"/broken", "exit 111")
	for _, c := range []struct{ program, input, codes string }{
		{check, "AUTH PLAIN\r\n*\r\n", "334 501"},
		{check, "AUTH PLAIN =\r\n", "501"},
		{check, "AUTH PLAIN !\r\n", "501"},
		{check, "AUTH LOGIN\r\nam9lQGhlcmUuZXhhbXBsZQ==\r\nc2VjcmV0\r\n", "334 334 235"},
		{check, "AUTH LOGIN am9lQGhlcmUuZXhhbXBsZQ==\r\nc2VjcmV0\r\nAUTH LOGIN\r\n", "334 235 503"},
		{check, "AUTH LOGIN\r\n!\r\n", "334 501"},
		{check, "AUTH CRAM-MD5 =\r\n", "334"},
		{check, "AUTH NTLM\r\nAUTH\r\n", "504 504"},
		{check, "AUTH PLAIN AGpvZQB4\r\n", "535"},
		{check, "MAIL FROM:<>\r\nAUTH PLAIN AGpvZQB4\r\n", "250 503"},
		{broken, "AUTH PLAIN AGpvZQB4\r\n", "454"},
		{"/nonexistent", "AUTH PLAIN AGpvZQB4\r\n", "454"},
	} {
		got := clitest.Run(t, "qmail-smtpd", withTLS, clitest.World{
			Home: home(t, nil), Env: []string{"SMTPAUTH=+cram", "FORCETLS=0"}, Args: []string{c.program, "true"}, Input: c.input,
		})
		codes := ""
		for _, line := range strings.Split(got.Stdout, "\r\n")[1:] {
			if len(line) > 3 {
				codes += " " + line[:3]
			}
		}
		if codes != " "+c.codes {
			t.Errorf("%q: %+v", c.input, got)
		}
	}
}
