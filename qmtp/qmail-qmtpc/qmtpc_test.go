package main

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/qmtp"
)

// store is what a server's queue takes.
type store struct{ strings.Builder }

func (q *store) From(s string) { q.WriteString(" F" + s) }
func (q *store) To(s string)   { q.WriteString(" T" + s) }
func (q *store) Fail()         {}
func (q *store) Abandon()      {}
func (q *store) PID() int      { return 7 }
func (q *store) Close() error  { return nil }

// The client and the server of this tree understand each other.
func TestDelivery(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	queue := &store{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		(&qmtp.Server{
			In: c, Out: c, Accepts: func(r string) (bool, error) { return r != "no@d", nil },
			Open:     func() (qmtp.Queue, error) { return queue, nil },
			Describe: error.Error, Now: func() time.Time { return time.Unix(5, 0) },
		}).Serve()
	}()
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{
		"control/me":         "me.example\n",
		"control/qmtproutes": fmt.Sprintf(".example:127.0.0.1;%d\n", l.Addr().(*net.TCPAddr).Port),
	})
	r := clitest.Run(t, "qmail-qmtpc", Run, clitest.World{
		Home: home, Args: []string{"d.example", "s@b", "u@d", "no@d"}, Input: "Subject: x\n\nhi\n",
	})
	<-done
	want := "r\x00h127.0.0.1 does not like recipient.\nRemote host said: sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)\n\x00" +
		"K127.0.0.1 accepted message.\nRemote host said: ok 5 qp 7\n\x00"
	if r.Code != 0 || r.Stdout != want || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
	if got := queue.String(); got != "Subject: x\n\nhi\n Fs@b Tu@d" {
		t.Errorf("%q", got)
	}
}
