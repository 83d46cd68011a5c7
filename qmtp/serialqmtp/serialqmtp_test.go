package main

import (
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

const (
	one = "9:\nBody\n.d\n,6:Sender,8:5:You@h,,"
	two = "5:\nlast,0:,4:1:x,,"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		what, names, server string
		code                int
		out, sent, err      string
	}{
		{"nothing", "", "", 0, "", "", ""},
		{"two", "1 2", "4:Ka\nb,2:Zc,", 0, "1\x00Kip said: a?b\n2\x00Zip said: c\n", one + two, ""},
		{"other prefixes and forms", "3 4 5", "", 0, "", "", ""},
		{"gone", "1 2", "2:Dx,", 111, "1\x00Dip said: x\n", one + two, "network read error: end of file"},
		{"nonsense", "1", "hello", 111, "", one, "remote protocol violation"},
		{"endless", "1", "99999999999999:", 111, "", one, "remote protocol violation"},
		{"no file", "1 9", "2:Kx,", 111, "1\x00Kip said: x\n", one, "unable to open file"},
	} {
		dir := t.TempDir()
		clitest.Files(t, dir, map[string]string{
			"1": "Return-Path: <Sender>\nDelivered-To: acct-You@h\nBody\n.d\n", "2": "Return-Path: <>\nDelivered-To: acct-x\nlast",
			"3": "Return-Path: <a>\nDelivered-To: b\n", "4": "x\n", "5": "", "server": c.server,
		})
		sent, err := os.Create(dir + "/sent")
		if err != nil {
			t.Fatal(err)
		}
		input := strings.ReplaceAll(c.names, " ", "\x00")
		if input != "" {
			input += "\x00"
		}
		p, finish := clitest.Proc(t, "serialqmtp", clitest.World{Dir: dir, Args: []string{"acct-"}, Env: []string{"TCPREMOTEIP=ip"}, Input: input})
		server := clitest.Open(t, dir+"/server")
		p.FD = func(n int) *os.File { return map[int]*os.File{6: server, 7: sent}[n] }
		got := finish(p.End(Run(p)))
		want := clitest.Result{Code: c.code, Stdout: c.out}
		if c.err != "" {
			want.Stderr = "serialqmtp: fatal: " + c.err + "\n"
		}
		// Where the server is at fault, the other side may not be done yet.
		if text := clitest.Read(t, sent.Name()); got != want || text != c.sent && (c.code == 0 || !strings.HasPrefix(c.sent, text)) {
			t.Errorf("%s: %+v, sent %q", c.what, got, text)
		}
	}
	if got := clitest.Run(t, "serialqmtp", Run, clitest.World{}); got.Code != 100 || got.Stderr != "serialqmtp: usage: serialqmtp prefix\n" {
		t.Errorf("%+v", got)
	}
}
