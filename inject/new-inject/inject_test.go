package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
)

var now = time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)

const (
	date = "Date: 2 Nov 2026 03:04:05 -0000\n"
	id   = "Message-ID: <20261102030405.4242.qmail@id.example>\n"
	said = "new-inject: fatal: "
)

func home(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{
		"control/me": "me.example\n", "control/idhost": "id.example\n", "control/defaulthost": "dh.example\n",
		"control/defaultdomain": "dd.example\n", "control/plusdomain": "plus.example\n", "lists": "list@dh.example\n", "rules": "=:mine\n",
	})
	clitest.Files(t, dir, files)
	return dir
}

func words(s string) []string { return strings.Fields(s) }

func TestQueued(t *testing.T) {
	const message = "To: t, <>\nCc: c@h\nBcc: b@h+\nSubject: s\n\nbody\n"
	for _, c := range []struct {
		args, env    []string
		in, envelope string
	}{
		{nil, nil, message, "Fjoe@dh.example Tt@dh.example Tc@h.dd.example Tb@h.plus.example"},
		{words("-a"), nil, message, "Fjoe@dh.example"},
		{words("-A x y@h"), nil, message, "Fjoe@dh.example Tx@dh.example Ty@h.dd.example"},
		{words("-h x"), nil, message, "Fjoe@dh.example Tt@dh.example Tc@h.dd.example Tb@h.plus.example"},
		{words("-H x"), nil, message, "Fjoe@dh.example Tx@dh.example Tt@dh.example Tc@h.dd.example Tb@h.plus.example"},
		{words("-nNafs@t.u -- -x"), nil, message, "Fs@t.u T-x@dh.example"},
		{[]string{"-a", "-f", ""}, nil, message, "F"},
		{words("-aR"), words("QMAILUSER=q MAILUSER=m"), message, "Fq-@dh.example-@[]"},
		{words("-a"), words("QMAILINJECT=m QMAILSUSER=s QMAILSHOST=h QMAILHOST=i"), message, "Fs-1793588645.4242@h.dd.example"},
		{words("-a x@pc"), words("QMAILDEFAULTHOST=env QMAILDEFAULTDOMAIN=far"), message, "Fjoe@env.far Tx@pc.far"},
		{words("-a x"), words("QMAILREWRITEFILE=rules"), message, "Fjoe@mine Tx@mine"},
		{words("-a x"), words("QMAILREWRITEFILE=none"), message, "Fjoe@dh.example Tx@dh.example"},
		{nil, nil, "Envelope-Recipients:\nTo: a\n", "Fjoe@dh.example"},
		{nil, nil, "Envelope-Recipients: e@f\nEnvelope-Recipients: g@h\nTo: a\nEnvelope-Sender: s, t\nReturn-Path: r\n", "Ft@dh.example Te@f.dd.example Tg@h.dd.example"},
		{nil, nil, "Apparently-To: a\nReturn-Path: <>\n", "F Ta@dh.example"},
		{words("-S"), nil, "To: a\nReturn-Path: <>\n", "Fjoe@dh.example Ta@dh.example"},
	} {
		q := clitest.NewQueue(t, 0)
		dir := home(t, nil)
		r := clitest.Run(t, "new-inject", Run, clitest.World{
			Args: c.args, Env: append(append([]string{}, c.env...), "USER=joe", q.Env()), Input: c.in, Home: dir, Dir: dir, Now: now,
		})
		want := strings.ReplaceAll(c.envelope, " ", "\x00") + "\x00\x00"
		if r != (clitest.Result{}) || q.Envelope(t) != want {
			t.Errorf("%q %q: %+v, envelope %q, want %q", c.args, c.env, r, q.Envelope(t), want)
		}
	}
}

func TestPrinted(t *testing.T) {
	const from, none = "From: joe@dh.example\n", "Cc: recipient list not shown: ;\n"
	const start = "Envelope-Sender: joe@dh.example\nEnvelope-Recipients:\n"
	for _, c := range []struct {
		args, env []string
		in, want  string
	}{
		{nil, nil, "", start + date + id + from + none},
		{words("a"), nil, "no field\nx", start + "  a@dh.example,\n" + date + id + from + none + "\nno field\nx\n"},
		{words("a"), nil, "Subject: s\n t\nReceived: r\n r\nTo: (x) a\nReply-To: b, c\nResent-To: z\nto: \"d\n\te\"@f\nContent-Length: 5\nSender: s\n\nx",
			start + "  a@dh.example,\nReceived: r\n r\nResent-To: z\n" + date + id + from +
				"Sender: s@dh.example\nReply-To: b@dh.example, c@dh.example\nTo: \"x\" <a@dh.example>, \"d\te\"@f.dd.example\nSubject: s\n t\n\nx\n"},
		{words("-FI a"), []string{"QMAILNAME=J\nB"}, "From: x\nMessage-ID: y\nDate: 1 Jan 26 1:2 PST\nDate: no\n",
			start + "  a@dh.example,\nDate: 1 Jan 2026 01:02:00 -0800\nMessage-ID: <20260101010200.4242.qmail@id.example>\nFrom: \"J B\" <joe@dh.example>\n" + none},
		{words("a"), nil, "\tlost\nMessage-ID: y\nFrom: x, y@z\n", start + "  a@dh.example,\n" + date + "Message-ID: y\nFrom: x@dh.example, y@z.dd.example\n" + none},
		{words("a"), words("QMAILMFTFILE=lists"), "To: (l) LIST\nCc: b\n",
			start + "  a@dh.example,\n" + date + id + from + "Mail-Followup-To: \"l\" <LIST@dh.example>, b@dh.example\nTo: \"l\" <LIST@dh.example>\nCc: b@dh.example\n"},
		{words("a"), words("QMAILMFTFILE=lists"), "To: list\nMail-Followup-To: b\n",
			start + "  a@dh.example,\n" + date + id + from + "Mail-Followup-To: b@dh.example\nTo: list@dh.example\n"},
	} {
		dir := home(t, nil)
		r := clitest.Run(t, "new-inject", Run, clitest.World{
			Args: append([]string{"-n"}, c.args...), Env: append(c.env, "USER=joe"), Input: c.in, Home: dir, Dir: dir, Now: now,
		})
		if r != (clitest.Result{Stdout: c.want}) {
			t.Errorf("%q %q:\n%q\n%q want\n%q", c.env, c.in, r.Stderr, r.Stdout, c.want)
		}
	}
}

func TestRefused(t *testing.T) {
	const usage = "new-inject: usage: new-inject [ -nNaAhHFIMRS ] [ -f sender ] [ recip ... ]\n\n"
	for _, c := range []struct {
		args, env []string
		in        string
		control   map[string]string
		want      clitest.Result
	}{
		{words("-z"), nil, "", nil, clitest.Result{Code: 100, Stderr: "new-inject: illegal option -- z\n" + usage}},
		{words("-f"), nil, "", nil, clitest.Result{Code: 100, Stderr: "new-inject: option requires an argument -- f\n" + usage}},
		{[]string{""}, nil, "", nil, clitest.Result{Code: 100, Stderr: said + "unable to use address: <>\n"}},
		{nil, nil, "To: \"a\x00\"\n", nil, clitest.Result{Code: 100, Stderr: said + "unable to use address: \"a\\\x00\"@dh.example\n"}},
		{nil, nil, strings.Repeat("X: "+strings.Repeat("x", 997)+"\n", 17000), nil, clitest.Result{Code: 100, Stderr: said + "message header is larger than 16 MiB\n"}},
		{nil, words("QMAILMFTFILE=control"), "", nil, clitest.Result{Code: 111, Stderr: said + "unable to read $QMAILMFTFILE: is a directory\n"}},
		{nil, words("QMAILREWRITEFILE=control"), "", nil, clitest.Result{Code: 111, Stderr: said + "unable to read $QMAILREWRITEFILE: is a directory\n"}},
		{nil, nil, "", map[string]string{"control/rewrite/x": ""}, clitest.Result{Code: 111, Stderr: said + "unable to read HOME/control/rewrite: is a directory\n"}},
	} {
		q := clitest.NewQueue(t, 0)
		dir := home(t, c.control)
		r := clitest.Run(t, "new-inject", Run, clitest.World{Args: c.args, Env: append(c.env, "USER=joe", q.Env()), Input: c.in, Home: dir, Dir: dir})
		r.Stderr = strings.ReplaceAll(r.Stderr, dir, "HOME")
		if r != c.want || q.Envelope(t) != "" {
			t.Errorf("%q: %+v, envelope %q, want %+v", c.args, r, q.Envelope(t), c.want)
		}
	}
}

func TestTrouble(t *testing.T) {
	dir := home(t, nil)
	for code, want := range map[int]clitest.Result{
		31: {Code: 100, Stderr: said + "mail server permanently rejected message (#5.3.0)\n"},
		53: {Code: 111, Stderr: said + "qq write error or disk full (#4.3.0)\n"},
	} {
		r := clitest.Run(t, "new-inject", Run, clitest.World{Env: []string{"USER=joe", clitest.NewQueue(t, code).Env()}, Home: dir, Input: "To: a\n"})
		if r != want {
			t.Errorf("queue exits %d: %+v", code, r)
		}
	}
	q := clitest.NewQueue(t, 0)
	r := clitest.Run(t, "new-inject", Run, clitest.World{Env: []string{q.Env()}, Home: dir, Stdin: clitest.Open(t, dir)})
	if r != (clitest.Result{Code: 111, Stderr: said + "unable to read input: is a directory\n"}) || q.Envelope(t) != "" {
		t.Errorf("input that cannot be read: %+v", r)
	}
	if err := errors.Join(os.Remove(dir+"/control/me"), os.Mkdir(dir+"/control/me", 0o755)); err != nil {
		t.Fatal(err)
	}
	r = clitest.Run(t, "new-inject", Run, clitest.World{Args: []string{"-n"}, Home: dir})
	if r != (clitest.Result{Code: 111, Stderr: said + "unable to read " + dir + "/control/me: is a directory\n"}) {
		t.Errorf("control/me that is a folder: %+v", r)
	}
	r = clitest.Run(t, "new-inject", Run, clitest.World{Args: []string{"-n"}, Home: dir + "/none"})
	if r != (clitest.Result{Code: 111, Stderr: said + "unable to switch to " + dir + "/none: file does not exist\n"}) {
		t.Errorf("no home: %+v", r)
	}
}
