package main

import (
	"errors"
	"net/netip"
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/dns"
	"qmailkit/internal/dnstest"
)

func run(t *testing.T, input string, env []string, args ...string) clitest.Result {
	t.Helper()
	return clitest.Run(t, "rblsmtpd", Run, clitest.World{Args: args, Env: env, Input: input})
}

func TestConversation(t *testing.T) {
	input := "EHLO a\r\nHelo\r\nmail FROM:<a@b>\r\n RCPT\r\nRSETX\r\nNOOP\tx\r\nNOOP\x00x\r\nNOOP \r \nRSET\n\n\r\r\nQUIT\r\nNOOP\r\n"
	r := run(t, input, []string{"RBLSMTPD=-go\naway\xe9", "TCPREMOTEIP=192.0.2.1"}, "false")
	ok, no := "250 rblsmtpd.local\r\n", "553 go?away?\r\n"
	want := "220 rblsmtpd.local\r\n" + ok + ok + ok + no + no + no + no + ok + ok + no + no + "221 rblsmtpd.local\r\n"
	if r.Code != 0 || r.Stdout != want || r.Stderr != "rblsmtpd: 192.0.2.1 pid 4242: 553 go?away?\n" {
		t.Errorf("%+v", r)
	}
	r = run(t, "NOOP\r\n"+strings.Repeat("x", 2*maxLine)+"\r\nNOOP\r\n", []string{"RBLSMTPD=x"}, "false")
	if r.Code != 0 || r.Stdout != "220 rblsmtpd.local\r\n"+ok {
		t.Errorf("a line without end: %+v", r)
	}
}

// The whole conversation has its time, however busy the client is.
func TestTimeout(t *testing.T) {
	in, client, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	r := clitest.Run(t, "rblsmtpd", Run, clitest.World{
		Args: []string{"-t1", "false"}, Env: []string{"RBLSMTPD=x"}, Stdin: in,
	})
	if r.Code != 0 || !strings.HasPrefix(r.Stdout, "220 ") {
		t.Errorf("%+v", r)
	}
	if r := run(t, "NOOP\r\n", []string{"RBLSMTPD=x"}, "-t", "0", "false"); r.Code != 0 || r.Stdout != "451 x\r\n" {
		t.Errorf("no time at all: %+v", r)
	}
}

func TestUsage(t *testing.T) {
	usage := "rblsmtpd: usage: " + synopsis + "\n"
	for _, c := range []struct{ args, complaint string }{
		{"", ""}, {"-b", ""}, {"-b --", ""}, {"-R x", "rblsmtpd: illegal option -- R\n"}, {"-r", "rblsmtpd: option requires an argument -- r\n"},
	} {
		r := run(t, "", []string{"RBLSMTPD="}, strings.Fields(c.args)...)
		if r.Code != 100 || r.Stderr != c.complaint+usage {
			t.Errorf("%s: %+v", c.args, r)
		}
	}
	r := run(t, "", []string{"RBLSMTPD="}, "nosuchprogram")
	if r.Code != 111 || r.Stderr != "rblsmtpd: fatal: unable to run nosuchprogram: file does not exist\n" {
		t.Errorf("%+v", r)
	}
}

// lists answers for the names in it; "!" is a server in trouble.
type lists map[string]string

func (l lists) find(name string) (string, error) {
	value, ok := l[name]
	switch {
	case !ok:
		return "", &dns.Error{Name: name, Err: dns.ErrNoName}
	case value == "!":
		return "", &dns.Error{Name: name, Err: errors.New("no answer")}
	}
	return value, nil
}

func (l lists) TXT(name string) ([]string, error) {
	value, err := l.find(name)
	return strings.Split(value, "|"), err
}

func (l lists) IPv4(name string) (list []netip.Addr, err error) {
	value, err := l.find(name)
	if value == "A" && err == nil {
		list = []netip.Addr{netip.IPv4Unspecified()}
	}
	return list, err
}

func TestJudge(t *testing.T) {
	zone := lists{
		"1.2.0.192.bad": "bad", "1.2.0.192.worse": "wor|se", "1.2.0.192.good": "A", "1.2.0.192.lame": "!", "1.2.0.192.empty": "",
		"bad": "everybody", ".bad": "everybody",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.bad": "six",
	}
	for _, c := range []struct{ ip, steps, want string }{
		{"192.0.2.1", "-rbad", "451 bad"},
		{"192.0.2.1", "-rworse -rbad", "451 worse"},
		{"192.0.2.1", "-b -rbad", "553 bad"},
		{"192.0.2.1", "-rbad -b", "451 bad"},
		{"192.0.2.1", "-b -B -rbad", "451 bad"},
		{"192.0.2.1", "-agood -rbad", ""},
		{"192.0.2.1", "-rbad -agood", "451 bad"},
		{"192.0.2.1", "-abad -rbad", "451 bad"},
		{"192.0.2.1", "-rempty -rnone", ""},
		{"192.0.2.1", "-rlame -rbad", "451 bad"},
		{"192.0.2.1", "-b -rlame -rbad", "451 bad"},
		{"192.0.2.1", "-c -b -rlame", "451 temporary RBL lookup error"},
		{"192.0.2.1", "-alame -rbad", ""},
		{"192.0.2.1", "-c -b -alame -rbad", "451 bad"},
		{"192.0.2.2", "-rbad", ""},
		{"::ffff:192.0.2.1", "-rbad", "451 bad"},
		{"2001:db8::1", "-rbad", "451 six"},
		{"", "-rbad", ""},
		{"unknown", "-c -rlame -rbad", ""},
	} {
		j := newJudge(c.ip, zone)
		for _, step := range strings.Fields(c.steps) {
			switch arg := step[2:]; step[:2] {
			case "-r":
				j.list(arg)
			case "-a":
				j.antiList(arg)
			case "-b", "-B":
				j.bounce = step == "-b"
			case "-c":
				j.failClosed = true
			}
		}
		got := ""
		if j.verdict == unwanted {
			got = j.reply()
		}
		if got != c.want {
			t.Errorf("%s %s: %q, not %q", c.ip, c.steps, got, c.want)
		}
	}
}

func TestNameServer(t *testing.T) {
	ip := dnstest.Server(t, dnstest.Zone{"1.2.0.192.rbl.test TXT": "see http://rbl.test/", "1.2.0.192.ok.test A": "127.0.0.2"})
	env := []string{"DNSCACHEIP=" + ip, "TCPREMOTEIP=192.0.2.1"}
	if r := run(t, "DATA\n", env, "-b", "-a", "none.test", "-r", "rbl.test", "false"); !strings.HasSuffix(r.Stdout, "\n553 see http://rbl.test/\r\n") {
		t.Errorf("%+v", r)
	}
	if r := run(t, "DATA\n", env, "-a", "ok.test", "-r", "rbl.test", "nosuchprogram"); r.Code != 111 {
		t.Errorf("%+v", r)
	}
}

func FuzzTalk(f *testing.F) {
	f.Add("HELO\r\nRCPT TO:<a@b>\r\nQUIT\r\n", "-no")
	f.Add("\n\r\n\x00\n", "x\r\n250 ok")
	f.Fuzz(func(t *testing.T, input, text string) {
		if text == "" || strings.Contains(text, "\x00") {
			return
		}
		r := run(t, input, []string{"RBLSMTPD=" + text}, "false")
		for _, line := range strings.SplitAfter(r.Stdout, "\r\n") {
			known := line == "" || line == "220 rblsmtpd.local\r\n" || line == "250 rblsmtpd.local\r\n" || line == "221 rblsmtpd.local\r\n"
			if !known && !strings.HasPrefix(line, "451 ") && !strings.HasPrefix(line, "553 ") || strings.ContainsAny(strings.TrimSuffix(line, "\r\n"), "\r\n") {
				t.Errorf("%q", line)
			}
		}
		if n := strings.Count(r.Stderr, "\n"); n != 1 || r.Code != 0 {
			t.Errorf("%+v", r)
		}
	})
}
