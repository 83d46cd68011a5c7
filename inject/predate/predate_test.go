package main

import (
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
)

// A winter's and a summer's time.
var (
	winter = time.Date(2026, 1, 5, 3, 4, 5, 0, time.UTC)
	summer = time.Date(2026, 7, 5, 23, 59, 59, 0, time.UTC)
)

func TestDate(t *testing.T) {
	for _, c := range []struct {
		tz   string
		now  time.Time
		want string
	}{
		{"", winter, "5 Jan 2026 03:04:05 +0000"},
		{"UTC", summer, "5 Jul 2026 23:59:59 +0000"},
		{"XXX-5", winter, "5 Jan 2026 08:04:05 +0500"},
		{"XXX5", winter, "4 Jan 2026 22:04:05 -0500"},
		{"<-03>3", winter, "5 Jan 2026 00:04:05 -0300"},
		{"XXX-5:30", summer, "6 Jul 2026 05:29:59 +0530"},
		{"XXX3:30:30", winter, "4 Jan 2026 23:33:35 -0331"},
		{"XXX-3:30:29", winter, "5 Jan 2026 06:34:34 +0330"},
		{"AAA5BBB,M3.2.0,M11.1.0", winter, "4 Jan 2026 22:04:05 -0500"},
		{"AAA5BBB,M3.2.0,M11.1.0", summer, "5 Jul 2026 19:59:59 -0400"},
		{"Local", winter, "5 Jan 2026 03:04:05 +0000"},
		{"no zone", winter, "5 Jan 2026 03:04:05 +0000"},
		{"/nowhere", winter, "5 Jan 2026 03:04:05 +0000"},
	} {
		r := clitest.Run(t, "predate", Run, clitest.World{Args: []string{"cat"}, Env: []string{"TZ=" + c.tz}, Input: "x", Now: c.now})
		if want := "Date: " + c.want + "\nx"; r != (clitest.Result{Stdout: want}) {
			t.Errorf("TZ=%s: %+v, want %q", c.tz, r, want)
		}
	}
}

func TestNoTZ(t *testing.T) {
	if r := clitest.Run(t, "predate", Run, clitest.World{Args: []string{"cat"}, Now: winter}); !strings.HasPrefix(r.Stdout, "Date: ") || r.Code != 0 {
		t.Errorf("no TZ: %+v", r)
	}
}

func TestChild(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"plain": "x"})
	for _, c := range []struct {
		args []string
		want clitest.Result
	}{
		{nil, clitest.Result{Code: 100, Stderr: "predate: usage: predate child\n"}},
		{[]string{"sh", "-c", `cat > /dev/null; echo "$1"; exit 3`, "sh", "a b"}, clitest.Result{Code: 3, Stdout: "a b\n"}},
		{[]string{"true"}, clitest.Result{}},
		{[]string{"sh", "-c", "kill -9 $$"}, clitest.Result{Code: 111, Stderr: "predate: fatal: child crashed\n"}},
		{[]string{dir + "/none"}, clitest.Result{Code: 111, Stderr: "predate: fatal: unable to run " + dir + "/none: file does not exist\n"}},
		{[]string{dir + "/plain"}, clitest.Result{Code: 111, Stderr: "predate: fatal: unable to run " + dir + "/plain: access denied\n"}},
	} {
		input := strings.Repeat("x", 1<<20) // more than a pipe holds
		if r := clitest.Run(t, "predate", Run, clitest.World{Args: c.args, Input: input}); r != c.want {
			t.Errorf("%q: %+v, want %+v", c.args, r, c.want)
		}
	}
}

// What cannot be read to its end is not sent as if it were whole.
func TestInputTrouble(t *testing.T) {
	dir := t.TempDir()
	r := clitest.Run(t, "predate", Run, clitest.World{
		Args:  []string{"sh", "-c", "read date; read more || echo whole > " + dir + "/whole"},
		Stdin: clitest.Open(t, dir),
	})
	if want := (clitest.Result{Code: 111, Stderr: "predate: fatal: unable to read input: is a directory\n"}); r != want {
		t.Errorf("%+v, want %+v", r, want)
	}
	if clitest.Read(t, dir+"/whole") != "" {
		t.Error("the child saw the end of its input")
	}
}
