package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/remote/smtpd/front"
)

const session = "EHLO c.example\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<u@here.example>\r\nDATA\r\nhi\r\n.\r\nQUIT\r\n"

func home(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"control/me": "mx.example\n", "control/rcpthosts": "here.example\n"})
	clitest.Files(t, dir, files)
	return dir
}

func TestSession(t *testing.T) {
	q := clitest.NewQueue(t, 0)
	got := clitest.Run(t, "qmail-smtpd", Run, clitest.World{
		Home: home(t, nil), Env: []string{q.Env(), "TCPREMOTEIP=192.0.2.7"}, Input: session, Now: time.Unix(1000000000, 0),
	})
	if got.Code != 0 || !strings.Contains(got.Stdout, "\r\n354 go ahead\r\n250 ok 1000000000 qp ") || got.Stderr != "" {
		t.Errorf("%+v", got)
	}
	const message = "Received: from unknown (HELO c.example) (192.0.2.7)\n  by unknown with SMTP; 9 Sep 2001 01:46:40 -0000\nhi\n"
	if q.Message(t) != message || q.Envelope(t) != "Fa@b.example\x00Tu@here.example\x00\x00" {
		t.Errorf("%q %q", q.Message(t), q.Envelope(t))
	}
}

func TestRefusedAtOnce(t *testing.T) {
	for file, want := range map[string]string{
		"control/timeoutsmtpd/x": "421 unable to read controls (#4.3.0)\r\n",
		"control/badhelo/x":      "421 unable to read controls (#4.3.0)\r\n",
		"control/dialect":        "421 control/dialect: there is no such dialect (#4.3.5)\r\n",
	} {
		got := clitest.Run(t, "qmail-smtpd", Run, clitest.World{Home: home(t, map[string]string{file: "x\n"}), Input: session})
		if got.Code != front.ExitFailure || got.Stdout != want {
			t.Errorf("%s: %+v", file, got)
		}
	}
}

func TestWarnings(t *testing.T) {
	got := clitest.Run(t, "qmail-smtpd", Run, clitest.World{
		Home: home(t, map[string]string{"control/spfbehavior": "3\n"}), Env: []string{"POSTGREY=x"}, Input: "QUIT\r\n",
	})
	const want = "qmail-smtpd: warning: control/spfbehavior has no effect\nqmail-smtpd: warning: the variable POSTGREY has no effect\n"
	if got.Code != 0 || got.Stderr != want {
		t.Errorf("%+v", got)
	}
}

// A client that does not wait for the greeting shows before the delay is over;
// one that keeps still is cut off.
func TestPipes(t *testing.T) {
	for _, c := range []struct {
		env, sent, want string
	}{
		{"DROP_PRE_GREET=1", "HELO x\r\n", "554 SMTP protocol violation\r\n"},
		{"X=", "", "220 mx.example ESMTP\r\n451 timeout (#4.4.2)\r\n"},
	} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(w, c.sent)
		env := []string{c.env}
		if c.sent != "" {
			env = append(env, "GREETDELAY=60")
		}
		got := clitest.Run(t, "qmail-smtpd", Run, clitest.World{Home: home(t, map[string]string{"control/timeoutsmtpd": "1\n"}), Env: env, Stdin: r})
		w.Close()
		r.Close()
		if got.Code != front.ExitFailure || got.Stdout != c.want {
			t.Errorf("%s: %+v", c.env, got)
		}
	}
}

// A client that has gone must not kill the program by a signal.
func TestNobodyReads(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	r.Close()
	p, finish := clitest.Proc(t, "qmail-smtpd", clitest.World{Home: home(t, nil), Input: session, Stdout: w})
	if got := finish(p.End(Run(p))); got.Code != front.ExitFailure {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(filepath.Join(p.Home, "queue")); err == nil {
		t.Error("something was queued")
	}
}
