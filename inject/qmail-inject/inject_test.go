package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
)

var now = time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)

const (
	stamps = "Date: 2 Nov 2026 03:04:05 -0000\nMessage-ID: <20261102030405.4242.qmail@id.example>\n"
	said   = "qmail-inject: fatal: "
)

// home makes a qmail home with control files.
func home(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	control := map[string]string{
		"control/me": "me.example\n", "control/idhost": "id.example\n", "control/defaulthost": "dh.example\n",
		"control/defaultdomain": "dd.example\n", "control/plusdomain": "plus.example\n",
	}
	for name, text := range files {
		control[name] = text
	}
	clitest.Files(t, dir, control)
	return dir
}

func words(s string) []string { return strings.Fields(s) }

func TestQueued(t *testing.T) {
	const message = "To: t\nCc: c@h\nBcc: b@h+\nSubject: s\n\nbody\n"
	for _, c := range []struct {
		args, env []string
		envelope  string
	}{
		{nil, nil, "Fjoe@dh.example Tt@dh.example Tc@h.dd.example Tb@h.plus.example"},
		{words("-a"), nil, "Fjoe@dh.example"},
		{words("-a x"), nil, "Fjoe@dh.example Tx@dh.example"},
		{words("-A x y@h"), nil, "Fjoe@dh.example Tx@dh.example Ty@h.dd.example"},
		{words("-h x@("), nil, "Fjoe@dh.example Tt@dh.example Tc@h.dd.example Tb@h.plus.example"},
		{words("-H x"), nil, "Fjoe@dh.example Tx@dh.example Tt@dh.example Tc@h.dd.example Tb@h.plus.example"},
		{words("-nNafs@t.u -- -x"), nil, "Fs@t.u T-x@dh.example"},
		{[]string{"-a", "-f", ""}, nil, "F"},
		{words("-a"), words("QMAILINJECT=r QMAILUSER=q MAILUSER=m"), "Fq-@dh.example-@[]"},
		{words("-a"), words("QMAILINJECT=m QMAILSUSER=s QMAILSHOST=h QMAILHOST=i"), "Fs-1793588645.4242@h.dd.example"},
		{words("-a"), words("MAILHOST=h QMAILDEFAULTDOMAIN=env"), "Fjoe@h.env"},
		{words("-a x@h+"), words("QMAILDEFAULTHOST=env QMAILPLUSDOMAIN=plus"), "Fjoe@env.dd.example Tx@h.plus"},
	} {
		q := clitest.NewQueue(t, 0)
		r := clitest.Run(t, "qmail-inject", Run, clitest.World{
			Args: c.args, Env: append(append([]string{}, c.env...), "USER=joe", q.Env()), Input: message, Home: home(t, nil), Now: now,
		})
		want := strings.ReplaceAll(c.envelope, " ", "\x00") + "\x00\x00"
		if r != (clitest.Result{}) || q.Envelope(t) != want {
			t.Errorf("%q %q: %+v, envelope %q, want %q", c.args, c.env, r, q.Envelope(t), want)
		}
	}
}

func TestPrinted(t *testing.T) {
	files := map[string]string{"lists": "list@dh.example\n"}
	dir := t.TempDir()
	clitest.Files(t, dir, files)
	for _, c := range []struct {
		env       []string
		in, wants string
	}{
		{nil, "To: a@b.c\n\nx", "Return-Path: <joe@dh.example>\n" + stamps + "From: joe@dh.example\nTo: a@b.c\n\nx\n"},
		{[]string{"NAME=Joe B"}, "To: a@b.c\n", "Return-Path: <joe@dh.example>\n" + stamps + "From: \"Joe B\" <joe@dh.example>\nTo: a@b.c\n"},
		{[]string{"NAME=Joe", "QMAILINJECT=cfi"}, "From: x\nMessage-ID: y\nTo: a@b.c\n",
			"Return-Path: <joe@dh.example>\n" + stamps + "From: joe@dh.example (Joe)\nTo: a@b.c\n"},
		{[]string{"QMAILSUSER=a\nb"}, "To: a@b.c\n", "Return-Path: <\"a b\"@dh.example>\n" + stamps + "From: joe@dh.example\nTo: a@b.c\n"},
		{[]string{"QMAILMFTFILE=lists"}, "To: list, a@b.c\n", "Return-Path: <joe@dh.example>\n" + stamps +
			"From: joe@dh.example\nMail-Followup-To: list@dh.example,\n  a@b.c\nTo: list@dh.example, a@b.c\n"},
		{[]string{"QMAILIDHOST=env"}, "To: a@b.c\nFrom: f@g.h\n", "Return-Path: <joe@dh.example>\n" +
			strings.Replace(stamps, "id.example", "env", 1) + "To: a@b.c\nFrom: f@g.h\n"},
	} {
		r := clitest.Run(t, "qmail-inject", Run, clitest.World{
			Args: []string{"-n"}, Env: append(c.env, "USER=joe"), Input: c.in, Dir: dir, Home: home(t, nil), Now: now,
		})
		if r != (clitest.Result{Stdout: c.wants}) {
			t.Errorf("%q %q: %+v, want %q", c.env, c.in, r, c.wants)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		args, env   []string
		in          string
		control     map[string]string
		code        int
		stderr, why string
	}{
		{words("-z"), nil, "", nil, 100, "qmail-inject: illegal option -- z\n", "an unknown option"},
		{words("-af"), nil, "", nil, 100, "qmail-inject: option requires an argument -- f\n", "no sender"},
		{words("-fs@t("), nil, "", nil, 100, said + "unable to parse this line:\ns@t(", "a bad sender"},
		{words("ok x@y("), nil, "", nil, 100, said + "unable to parse address: x@y(\n", "a bad argument"},
		{[]string{""}, nil, "", nil, 100, said + "unable to parse address: \n", "an empty argument"},
		{nil, nil, "To: a (\n b\n", nil, 100, said + "unable to parse this line:\nTo: a (\n b\n", "a field"},
		{nil, words("QMAILSHOST=h:i"), "", nil, 100, said + "unable to parse this line:\nReturn-Path: \"joe\"@h:i\n", "a host"},
		{nil, words("QMAILDEFAULTHOST=h("), "", nil, 100, said + "unable to parse this line:\n@h(", "a default host"},
		{nil, words("QMAILMFTFILE=."), "", nil, 111, said + "read error\n", "a list file that is a folder"},
		{nil, nil, "", map[string]string{"control/plusdomain/x": ""}, 111, said + "read error\n", "a control file that is a folder"},
		{nil, nil, "", map[string]string{"control/me/x": ""}, 111, said + "read error\n", "control/me, which nothing is taken from"},
	} {
		q := clitest.NewQueue(t, 0)
		dir := home(t, nil)
		if c.control != nil {
			for name := range c.control {
				if err := os.Remove(filepath.Join(dir, filepath.Dir(name))); err != nil {
					t.Fatal(err)
				}
			}
			clitest.Files(t, dir, c.control)
		}
		r := clitest.Run(t, "qmail-inject", Run, clitest.World{
			Args: c.args, Env: append(c.env, "USER=joe", q.Env()), Input: c.in, Home: dir,
		})
		if r != (clitest.Result{Code: c.code, Stderr: c.stderr}) || q.Envelope(t) != "" {
			t.Errorf("%s: %+v, envelope %q", c.why, r, q.Envelope(t))
		}
	}
}

func TestTrouble(t *testing.T) {
	dir := home(t, nil)
	run := func(w clitest.World) clitest.Result {
		t.Helper()
		w.Env = append(w.Env, "USER=joe")
		return clitest.Run(t, "qmail-inject", Run, w)
	}
	for code, want := range map[int]clitest.Result{
		31: {Code: 100, Stderr: said + "mail server permanently rejected message (#5.3.0)\n"},
		53: {Code: 111, Stderr: said + "qq write error or disk full (#4.3.0)\n"},
	} {
		if r := run(clitest.World{Env: []string{clitest.NewQueue(t, code).Env()}, Home: dir, Input: "To: a\n"}); r != want {
			t.Errorf("queue exits %d: %+v", code, r)
		}
	}
	q := clitest.NewQueue(t, 0)
	folder := clitest.Open(t, dir)
	if r := run(clitest.World{Env: []string{q.Env()}, Home: dir, Stdin: folder}); r.Code != 111 || r.Stderr != said+"read error\n" || q.Envelope(t) != "" {
		t.Errorf("input that cannot be read: %+v", r)
	}
	if r := run(clitest.World{Args: []string{"-n"}, Home: dir + "/none"}); r.Code != 111 || r.Stderr != said+"internal bug\n" {
		t.Errorf("no home: %+v", r)
	}
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("this system has no /dev/full")
	}
	defer full.Close()
	p, _ := clitest.Proc(t, "qmail-inject", clitest.World{Args: []string{"-n"}, Home: dir, Input: "To: a\n"})
	p.Stdout = full
	if err := Run(p); err == nil || err.Error() != said+"unable to write message: out of disk space\n" {
		t.Errorf("a full disk: %v", err)
	}
}
