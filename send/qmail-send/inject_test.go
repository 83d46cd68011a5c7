package main

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/queue"
)

// testInjector queues by a shell script that stores what it gets and exits as
// told.
func testInjector(t *testing.T, exit string) *injector {
	home := newHome(t)
	script := "#!/bin/sh\ncat >'" + home + "/got'; cat <&1 >'" + home + "/env'; echo complaint >&2; exit " + exit + "\n"
	if err := os.WriteFile(home+"/bin/qmail-queue", []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, home+"/queue/bounce/7", "<u@here>:\nno\n\n")
	write(t, home+"/queue/mess/1/7", "Subject: x\n\nhi\n")
	return &injector{
		proc:  &cmd.Proc{Home: home, Env: []string{"PATH=" + os.Getenv("PATH")}, Now: func() time.Time { return time.Unix(0, 0) }},
		queue: &queue.Queue{Root: home + "/queue", Split: 3},
		conf:  &config{bounceFrom: "MAILER-DAEMON", bounceHost: "bh", doubleBounceTo: "pm@dh"},
	}
}

func got(t *testing.T, i *injector, name string) string {
	t.Helper()
	b, err := os.ReadFile(i.proc.Home + "/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestInject(t *testing.T) {
	i := testInjector(t, "0")
	if r := i.inject(bounceJob{7, "a b@c"}); r.qp == 0 || r.retry != "" || r.discard != "" {
		t.Fatalf("%+v", r)
	}
	want := "Date: 1 Jan 1970 00:00:00 -0000\nFrom: MAILER-DAEMON@bh\nTo: \"a b\"@c\nSubject: failure notice\n\n" +
		"Hi. This is the qmail-send program at bh.\nI'm afraid I wasn't able to deliver your message to the following addresses.\n" +
		"This is a permanent error; I've given up. Sorry it didn't work out.\n\n<u@here>:\nno\n\n" +
		"--- Below this line is a copy of the message.\n\nReturn-Path: <\"a b\"@c>\nSubject: x\n\nhi\n"
	if m := got(t, i, "got"); m != want {
		t.Errorf("%q", m)
	}
	if env := got(t, i, "env"); env != "F\x00Ta b@c\x00\x00" {
		t.Errorf("%q", env)
	}
	i.conf.doubleWords = words{"Double", "Twice."}
	if r := i.inject(bounceJob{7, ""}); r.qp == 0 {
		t.Fatalf("%+v", r)
	}
	if env := got(t, i, "env"); env != "F#@[]\x00Tpm@dh\x00\x00" {
		t.Errorf("%q", env)
	}
	if m := got(t, i, "got"); !strings.Contains(m, "\nTo: pm@dh\nSubject: Double\n\nTwice.\n<u@here>:\nno\n\n--- Below this line is the original bounce.\n\nReturn-Path: <>\n") {
		t.Errorf("%q", m)
	}
}

func TestInjectRefused(t *testing.T) {
	for exit, want := range map[string]bounceResult{
		"31": {discard: "bounce refused: discarding bounce/7: mail_server_permanently_rejected_message_(#5.3.0)\n"},
		"51": {retry: noInject},
		"1":  {retry: noInject},
	} {
		if r := testInjector(t, exit).inject(bounceJob{7, "a@b"}); r != want {
			t.Errorf("%s: %+v", exit, r)
		}
	}
	i := testInjector(t, "0")
	os.Remove(i.proc.Home + "/queue/mess/1/7")
	if r := i.inject(bounceJob{7, "a@b"}); r.discard != "message gone: discarding bounce/7\n" {
		t.Errorf("%+v", r)
	}
	os.Remove(i.proc.Home + "/queue/bounce/7")
	if r := i.inject(bounceJob{7, "a@b"}); r.retry != noInject {
		t.Errorf("%+v", r)
	}
}

func TestCopyMessage(t *testing.T) {
	const stripped = "\n\n--- End of message stripped.\n"
	for _, c := range []struct {
		limit    int64
		in, want string
	}{
		{0, "12345", "12345"}, {5, "12345", "12345"}, {4, "12345", "1234" + stripped}, {6, "12345", "12345"}, {1, "", ""},
	} {
		var out strings.Builder
		i := &injector{conf: &config{bounceMaxBytes: c.limit}}
		if err := i.copyMessage(&out, strings.NewReader(c.in)); err != nil || out.String() != c.want {
			t.Errorf("%d %q: %q %v", c.limit, c.in, out.String(), err)
		}
		failure := errors.New("disk")
		if err := i.copyMessage(&out, iotest.ErrReader(failure)); !errors.Is(err, failure) {
			t.Errorf("%d: %v", c.limit, err)
		}
	}
}
