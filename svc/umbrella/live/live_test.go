package live

import (
	"os"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
)

var now = time.Unix(1700000000, 0)

func world(t *testing.T) *cmd.Proc {
	t.Helper()
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{
		"queue/mess/0/10": "text", "queue/info/0/10": "Fa@b\x00", "queue/local/0/10": "Tx@y\x00Dz@y\x00", "queue/remote/0/10": "Tx@y\x00Tz@y\x00", "queue/bounce/10": "x",
		"queue/mess/0/11": "new", "queue/todo/11": "u1\x00p2\x00Fa@b\x00Tx@y\x00", "queue/mess/0/12": "bad", "queue/info/0/12": "x",
		"queue/intd/": "", "queue/lock/tcpto": "\x0a\x00\x00\x01\x02\x00\x00\x00\x00\xf1\x53\x65\x00\x00\x00\x00",
	})
	if err := os.Chtimes(home+"/queue/info/0/10", now.Add(-time.Hour), now.Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(home+"/queue/todo/11", now, now); err != nil {
		t.Fatal(err)
	}
	p, _ := clitest.Proc(t, "qmail", clitest.World{Home: home, Now: now})
	return p
}

func TestQueue(t *testing.T) {
	p := world(t)
	want := Queue{Messages: 3, New: 1, Bouncing: 1, Damaged: 1, Bytes: 7, Due: [2]int{1, 2}, Oldest: 3600}
	if got, err := ReadQueue(p); err != nil || got != want {
		t.Errorf("%+v %v", got, err)
	}
	p.Home = t.TempDir()
	if _, err := ReadQueue(p); err == nil {
		t.Error("there is no queue")
	}
}

func TestRunning(t *testing.T) {
	p := world(t)
	if _, err := Running(p); err == nil {
		t.Error("there is no fifo")
	}
	fifo := p.InHome("queue", "lock", "trigger")
	if err := syscall.Mkfifo(fifo, 0o622); err != nil {
		t.Fatal(err)
	}
	if up, err := Running(p); up || err != nil {
		t.Error(up, err)
	}
	f, err := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if up, err := Running(p); !up || err != nil {
		t.Error(up, err)
	}
}

func TestSlow(t *testing.T) {
	p := world(t)
	if list, err := Slow(p); err != nil || len(list) != 1 || list[0].Count != 2 || list[0].IP.String() != "10.0.0.1" {
		t.Errorf("%v %v", list, err)
	}
	p.Home = t.TempDir()
	if _, err := Slow(p); err == nil {
		t.Error("there is no table")
	}
}
