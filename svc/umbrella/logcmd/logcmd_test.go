package logcmd

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
)

var now = time.Unix(1000001000, 0).UTC()

const sample = `1000000000.0 status: local 0/10 remote 0/20
1000000001.0 new msg 7
1000000001.0 info msg 7: bytes 100 from <Joe@a.example> qp 12 uid 1000
1000000001.0 starting delivery 1: msg 7 to local ann@a.example
1000000001.5 delivery 1: success: did_1+0+0/
1000000002.0 starting delivery 2: msg 7 to remote bob@b.example
1000000003.0 delivery 2: failure: no_such_user/
1000000003.0 bounce msg 7 qp 13
1000000003.0 end msg 7
1000000004.0 info msg 8: bytes 5 from <> qp 13 uid 1001
1000000004.0 starting delivery 3: msg 8 to remote x@c.example
1000000205.0 delivery 3: deferral: later/
1000000206.0 starting delivery 4: msg 8 to remote y@c.example
1000000300.0 warning: unable to unlink info/1/2
1000000313.0 tcpserver: pid 50 from 192.0.2.1
1000000314.0 tcpserver: ok 50 mx.a.example:192.0.2.9:25 client.example:192.0.2.1::4000
1000000315.0 tcpserver: end 50 status 0
1000000316.0 tcpserver: pid 51 from 192.0.2.2
1000000316.0 tcpserver: deny 51 mx.a.example:192.0.2.9:25 :192.0.2.2::4000
1000000317.0 end msg 9
`

func call(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) }

func show(t *testing.T, home, args string) clitest.Result {
	t.Helper()
	return clitest.Run(t, "qmail", call, clitest.World{Args: append([]string{"log"}, strings.Fields(args)...), Input: sample, Home: home, Now: now})
}

func TestMessages(t *testing.T) {
	want := `2001-09-09 01:46:41  message 7 from <Joe@a.example>, 100 bytes, qp 12, uid 1000
    +0.50s  delivered local ann@a.example in 0.50s: did 1+0+0
    +2.00s  failed remote bob@b.example in 1.00s: no such user
    bounced, qp 13
    +2.00s  ended
2001-09-09 01:51:40  warning: unable to unlink info/1/2
2001-09-09 01:51:53  connection from client.example (192.0.2.1) to port 25, pid 50, 2.00s, status 0
2001-09-09 01:51:57  message 9, of which the log does not tell more
    +0.00s  ended
2001-09-09 01:46:44  message 8 from <>, 5 bytes, qp 13, uid 1001
    +3m21s  deferred remote x@c.example in 3m21s: later
    +3m22s  under way to remote y@c.example
    in the queue
2001-09-09 01:51:56  connection from 192.0.2.2 to port 25, pid 51, denied, open
`
	if r := show(t, t.TempDir(), "-"); r != (clitest.Result{Stdout: want}) {
		t.Errorf("%+v", r)
	}
}

// ids are the messages that fit, and what else there is.
func ids(t *testing.T, args string) string {
	t.Helper()
	r := show(t, t.TempDir(), "--json - "+args)
	var facts []struct {
		Kind string
		ID   json.Number
		PID  string
	}
	if err := json.Unmarshal([]byte(r.Stdout), &facts); err != nil {
		t.Fatalf("%s: %v %+v", args, err, r)
	}
	var list []string
	for _, f := range facts {
		list = append(list, f.Kind[:1]+f.ID.String()+f.PID)
	}
	return strings.Join(list, " ")
}

func TestFilters(t *testing.T) {
	for args, want := range map[string]string{
		"": "m7 p c50 m9 m8 c51", "--sender joe": "m7", "--sender <>": "m8", "--recipient *@c.example": "m8", "--message 9": "m9", "--qp 13": "m8",
		"--status failed": "m7", "--status deferred": "m8", "--status bounced": "m7", "--status ended": "m7 m9", "--status waiting": "m8",
		"--status denied": "c51", "--status problem": "p", "--host a.example": "m7", "--host c.example": "m8", "--host 192.0.2.1": "c50",
		"--host *.example": "m7 c50 m8", "--since 12m": "p c50 m9 c51", "--until 01:46:44": "m7", "--since 2001-09-09T01:51:50 --until 01:51:55": "c50",
		"--since 01:52": "",
	} {
		if got := ids(t, args); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
	for args, text := range map[string]string{"--status odd": "--status is one of", "--since x": "write a time", "--message x": "invalid value"} {
		if r := show(t, t.TempDir(), args); r.Code != 100 || !strings.Contains(r.Stderr, text) {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if r := show(t, t.TempDir(), "/nonexistent/log"); r.Code != 111 || !strings.Contains(r.Stderr, "unable to read the log: /nonexistent/log: no such file") {
		t.Errorf("%+v", r)
	}
}

func TestEvents(t *testing.T) {
	want := `2001-09-09 01:46:41  queued message 7 from <Joe@a.example>, 100 bytes, qp 12, uid 1000
2001-09-09 01:46:41  started message 7 from <Joe@a.example> to local ann@a.example
2001-09-09 01:46:41  delivered message 7 from <Joe@a.example> to local ann@a.example in 0.50s: did 1+0+0
2001-09-09 01:46:42  started message 7 from <Joe@a.example> to remote bob@b.example
2001-09-09 01:46:43  failed message 7 from <Joe@a.example> to remote bob@b.example in 1.00s: no such user
2001-09-09 01:46:43  bounced message 7 from <Joe@a.example>, 100 bytes, qp 12, uid 1000
2001-09-09 01:46:43  ended message 7 from <Joe@a.example>, 100 bytes, qp 12, uid 1000
`
	if r := show(t, t.TempDir(), "- --events --message 7"); r != (clitest.Result{Stdout: want}) {
		t.Errorf("%+v", r)
	}
	// Standard input that ends ends following, too.
	if r := show(t, t.TempDir(), "-f - --message 7"); r != (clitest.Result{Stdout: want}) {
		t.Errorf("%+v", r)
	}
	for args, lines := range map[string]int{
		"--recipient ann": 2, "--host b.example": 2, "--status delivered": 1, "--status waiting": 10, "--status denied": 1, "--status problem": 1, "": 18,
	} {
		if r := show(t, t.TempDir(), "-f --json - "+args); strings.Count(r.Stdout, "\n") != lines {
			t.Errorf("%q: %+v", args, r)
		}
	}
}

// Following shows what comes with what was known before, and ends when nobody
// reads any more.
func TestFollow(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"log/send/current": sample})
	p, _ := clitest.Proc(t, "qmail", clitest.World{Args: []string{"log", "-f"}, Home: home})
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.Stdout = w
	done := make(chan error)
	go func() { done <- call(p); w.Close() }()
	add := func(text string) {
		f, err := os.OpenFile(home+"/log/send/current", os.O_APPEND|os.O_WRONLY, 0)
		if err == nil {
			_, err = f.WriteString(text)
			f.Close()
		}
		if err != nil {
			t.Error(err)
		}
	}
	// It may be still reading what was there when the first of these comes.
	lines := make(chan string)
	go func() {
		in := bufio.NewReader(r)
		line, _ := in.ReadString('\n')
		lines <- line
		r.Close()
	}()
	line, more := "", true
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for more {
		select {
		case line = <-lines:
			more = false
		case <-tick.C:
			add("1000000400.0 delivery 4: deferral: busy/\n1000000400.0 starting delivery 4: msg 8 to remote y@c.example\n")
		}
	}
	if !strings.Contains(line, "message 8 from <> to remote y@c.example") {
		t.Errorf("%q", line)
	}
	for ended := false; !ended; {
		select {
		case <-done:
			ended = true
		case <-tick.C:
			add("1000000500.0 warning: more\n")
		}
	}
}
