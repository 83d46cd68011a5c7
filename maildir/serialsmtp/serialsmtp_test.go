package main

import (
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

const (
	first  = "Return-Path: <Sender>\nDelivered-To: acct-You@h\nBody\n.dot\n"
	second = "Return-Path: <a b@h>\nDelivered-To: acct-x..y@h\nlast"
	hello  = "220 hi\n250-me\n250 PipeLining\n"
	helo   = "EHLO my.name\r\n"
	mail1  = "MAIL FROM:<Sender>\r\nRCPT TO:<You@h>\r\nDATA\r\n"
	data1  = "Body\r\n..dot\r\n.\r\n"
	mail2  = "MAIL FROM:<\"a b\"@h>\r\nRCPT TO:<\"x..y\"@h>\r\nDATA\r\n"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		what, names, server string
		code                int
		out, sent, err      string
	}{
		{"taken", "1", hello + "250 ok\n250 ok\n354 go\n250 than\x01ks\n", 0, "1\x00K192.0.2.1 said: 250 than?ks\n", helo + mail1 + data1 + "QUIT\r\n", ""},
		{"two", "1 2", hello + "250 ok\n250 ok\n354 go\n250 k\n250 rset\n250 ok\n250 ok\n354 go\n452 full\n", 0,
			"1\x00K192.0.2.1 said: 250 k\n2\x00Z192.0.2.1 said: 452 full\n", helo + mail1 + data1 + "RSET\r\n" + mail2 + "last\r\n.\r\nQUIT\r\n", ""},
		{"other prefixes and forms", "3 4 5", hello, 0, "", helo + "QUIT\r\n", ""},
		{"one behind another prefix", "3 1", hello + "250 rset\n250 ok\n250 ok\n354 go\n250 k\n", 0, "1\x00K192.0.2.1 said: 250 k\n",
			helo + "RSET\r\n" + mail1 + data1 + "QUIT\r\n", ""},
		{"not pipelining", "1", "220 hi\n502 no\n250 hm\n250 ok\n550 who\n", 0, "1\x00D192.0.2.1 said: 550 who\n",
			helo + "HELO my.name\r\nMAIL FROM:<Sender>\r\nRCPT TO:<You@h>\r\nQUIT\r\n", ""},
		{"refused at once", "1", hello + "451 no\n503 no\n503 no\n", 0, "1\x00Z192.0.2.1 said: 451 no\n", helo + mail1 + "QUIT\r\n", ""},
		{"many lines", "1", hello + "250-a\n250 b\n250 ok\n354-c\n354 go\n250-d\n250 e\n", 0, "1\x00K192.0.2.1 said: 250 e\n", helo + mail1 + data1 + "QUIT\r\n", ""},
		{"refused and done", "1", hello + "250 ok\n550 no\n354 go\n", 111, "1\x00D192.0.2.1 said: 550 no\n", helo + mail1, "protocol violation"},
		{"no answer to data", "1", hello + "250 ok\n250 ok\n250 hm\n", 111, "", helo + mail1, "protocol violation"},
		{"neither yes nor no", "1", hello + "250 ok\n250 ok\n354 go\n354 go\n", 111, "", helo + mail1 + data1, "protocol violation"},
		{"gone", "1 2", hello + "250 ok\n250 ok\n354 go\n250 k\n", 111, "1\x00K192.0.2.1 said: 250 k\n", helo + mail1 + data1 + "RSET\r\n" + mail2,
			"network read error: end of file"},
		{"busy", "1", "421 busy\n", 111, "", "QUIT\r\n", "connected but greeting failed"},
		{"name refused", "1", "220 hi\n550 no\n550 no\n", 111, "", helo + "HELO my.name\r\nQUIT\r\n", "connected but my name was rejected"},
		{"no file", "9", hello, 111, "", helo, "unable to open 9: file does not exist"},
		{"nonsense", "1", "hello\n", 111, "", "", "protocol violation"},
	} {
		dir := t.TempDir()
		clitest.Files(t, dir, map[string]string{"1": first, "2": second, "3": "Return-Path: <a>\nDelivered-To: b\n", "4": "x\n", "5": "", "server": c.server})
		sent, err := os.Create(dir + "/sent")
		if err != nil {
			t.Fatal(err)
		}
		p, finish := clitest.Proc(t, "serialsmtp", clitest.World{
			Dir: dir, Args: []string{"acct-", "my.name"}, Env: []string{"TCPREMOTEIP=192.0.2.1"},
			Input: strings.ReplaceAll(c.names, " ", "\x00") + "\x00half",
		})
		server := clitest.Open(t, dir+"/server")
		p.FD = func(n int) *os.File { return map[int]*os.File{6: server, 7: sent}[n] }
		got := finish(p.End(Run(p)))
		sent.Close()
		want := clitest.Result{Code: c.code, Stdout: c.out}
		if c.err != "" {
			want.Stderr = "serialsmtp: fatal: " + c.err + "\n"
		}
		if got != want || clitest.Read(t, sent.Name()) != c.sent {
			t.Errorf("%s: %+v, sent %q", c.what, got, clitest.Read(t, sent.Name()))
		}
	}
	if got := clitest.Run(t, "serialsmtp", Run, clitest.World{Args: []string{"x"}}); got.Code != 100 || got.Stderr != "serialsmtp: usage: serialsmtp prefix helohost\n" {
		t.Errorf("%+v", got)
	}
}
