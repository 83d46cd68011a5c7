package topcmd

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
)

var now = time.Unix(1700000100, 0).UTC()

const sample = `1700000000.0 status: local 0/10 remote 0/20
1700000001.0 info msg 10: bytes 100 from <Joe@a.example> qp 12 uid 1000
1700000001.0 starting delivery 1: msg 10 to local ann@a.example
1700000002.0 delivery 1: success: did_1+0+0/
1700000002.0 starting delivery 2: msg 10 to remote bob@slow.example
1700000062.0 delivery 2: deferral: later_on/
1700000062.0 starting delivery 3: msg 10 to remote bob@quick.example
1700000063.0 delivery 3: failure: no/
1700000063.0 bounce msg 10 qp 14
1700000063.0 starting delivery 4: msg 10 to remote bob@slow.example
1700000063.0 status: local 0/10 remote 1/20
1700000063.0 warning: trouble
1700000063.0 tcpserver: status: 2/40
1700000064.0 tcpserver: pid 50 from 192.0.2.1
1700000064.0 tcpserver: deny 50 mx.a.example:192.0.2.9:25 :192.0.2.1::4000
`

func call(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) }

func world(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{
		"queue/mess/0/10": "text", "queue/todo/10": "u1\x00p2\x00Fa@b\x00Tx@y\x00", "queue/info/0/": "", "log/current": sample,
		"queue/lock/tcpto": "\x0a\x00\x00\x01\x02\x00\x00\x00\x00\xf1\x53\x65\x00\x00\x00\x00",
	})
	return home
}

func top(t *testing.T, home, args string) clitest.Result {
	t.Helper()
	return clitest.Run(t, "qmail", call, clitest.World{Args: append([]string{"top"}, strings.Fields(args)...), Home: home, Now: now})
}

func TestOnce(t *testing.T) {
	home := world(t)
	want := `qmail  2023-11-14 22:15:00  
queue        1 messages, 1 new, 0 held, 0 bouncing, 4 bytes, the oldest 0s
to be tried  local 0, remote 0
under way    local 0/10, remote 1/20
last minute  0 delivered, 1 failed, 1 deferred
connections  tcpserver 2/40

SECONDS    TRIES  DEFERRED  SLOWEST HOSTS
  60.00        1         1  slow.example
   1.00        1         0  (local)
   1.00        1         0  quick.example

TIMEOUTS    AGO  HOSTS THAT DO NOT ANSWER
       2     1m  10.0.0.1

LAST EVENTS
22:14:24  denied 192.0.2.1
22:14:23  warning: trouble
22:14:23  bounced message 10 from <Joe@a.example>
22:14:23  failed remote bob@quick.example: no
22:14:22  deferred remote bob@slow.example: later on
22:13:22  delivered local ann@a.example: did 1+0+0
`
	r := top(t, home, "--once")
	if r.Code != 0 || r.Stdout != want || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
	var f Facts
	if r := top(t, home, "--json"); json.Unmarshal([]byte(r.Stdout), &f) != nil || f.Queue.New != 1 || f.Remote.Limit != 20 || len(f.Hosts) != 3 || f.Silent[0].Age != 100 || f.Running != nil {
		t.Errorf("%+v %+v", r, f)
	}
	for args, text := range map[string]string{"": "this is no terminal", "--interval 0s": "write a time", "--interval x": "write a time"} {
		if r := top(t, home, args); r.Code != 100 || !strings.Contains(r.Stderr, text) {
			t.Errorf("%+v", r)
		}
	}
	if r := top(t, t.TempDir(), "--once"); r.Code != 111 || !strings.Contains(r.Stderr, "unable to look at the queue") {
		t.Errorf("%+v", r)
	}
}

func TestCut(t *testing.T) {
	for line, want := range map[string]string{
		"abc": "abc", "abcdef": "abcde\x1b[0m", "\x1b[31mabcde\x1b[0m": "\x1b[31mabcde\x1b[0m", "\x1b[31mabcdef\x1b[0m": "\x1b[31mabcde\x1b[0m",
	} {
		if got := cut(line, 5); got != want {
			t.Errorf("%q: %q", line, got)
		}
	}
}

// Of many deliveries only the last count for the slowest hosts.
func TestRing(t *testing.T) {
	home := t.TempDir()
	var b strings.Builder
	b.WriteString("1700000000.0 starting delivery 1: msg 1 to remote x@old.example\n1700000001.0 delivery 1: success: x/\n")
	for range remembered {
		b.WriteString("1700000002.0 starting delivery 1: msg 1 to remote x@new.example\n1700000003.0 delivery 1: success: x/\n")
	}
	clitest.Files(t, home, map[string]string{"queue/mess/0/": "", "queue/todo/": "", "queue/info/0/": "", "log/current": b.String()})
	if r := top(t, home, "--once"); !strings.Contains(r.Stdout, "1000         0  new.example") || strings.Contains(r.Stdout, "old.example\n") {
		t.Errorf("%+v", r)
	}
}
