package main

import (
	"os"
	"testing"
	"time"

	"qmailkit/internal/spawn"
	"qmailkit/internal/trigger"
)

const ask = "\xffwide\x00\x00\x00"

// A spawner that can hold more than it may announce in a byte is asked, and
// then both speak of slots in two bytes.
func TestWideSlots(t *testing.T) {
	d := newDaemon(t, newHome(t))
	d.proc.Setenv(spawn.Variable, "1")
	write(t, d.home+"/control/concurrencylocal", "1000\n")
	write(t, d.home+"/control/concurrencyremote", "500\n")
	d.start("\x78\x78")
	d.asked(t, 0, ask)
	d.to[0].WriteString("\xffZInternal error: delnum too big. (#4.3.5)\n\x00") // it does not know
	d.asked(t, 1, ask)
	d.to[1].WriteString("\xffK400\x00")
	d.want(t, "status: local 0/120 remote 0/400\n")
	write(t, d.home+"/queue/mess/1/100", "hello\n")
	write(t, d.home+"/queue/todo/100", todoText("a@b", "u@here", "v@there"))
	trigger.Pull(d.home + "/queue")
	d.want(t, "new msg 100\n")
	d.want(t, "info msg 100: bytes 6 from <a@b> qp 999 uid 1000\n")
	d.asked(t, 2, "todo/100\x00")
	if err := os.Remove(d.home + "/queue/todo/100"); err != nil {
		t.Fatal(err)
	}
	d.to[2].WriteString("+")
	d.asked(t, 0, "\x001/100\x00a@b\x00u@here\x00")
	d.asked(t, 1, "\x00\x001/100\x00a@b\x00v@there\x00")
	d.want(t, "starting delivery 1: msg 100 to local u@here\n")
	d.want(t, "status: local 1/120 remote 0/400\n")
	d.want(t, "starting delivery 2: msg 100 to remote v@there\n")
	d.want(t, "status: local 1/120 remote 1/400\n")
	d.to[1].WriteString("\x00\x00Kdone\n\x00")
	d.want(t, "delivery 2: success: done/\n")
	d.to[0].Close()
	if err := <-d.result; err != nil {
		t.Error(err)
	}
}

// Without a word of qmail-start's, and where the byte is enough, nobody is
// asked.
func TestNotAsked(t *testing.T) {
	for _, c := range []struct{ variable, local string }{{"", "1000\n"}, {"1", "120\n"}} {
		d := newDaemon(t, newHome(t))
		d.proc.Setenv(spawn.Variable, c.variable)
		write(t, d.home+"/control/concurrencylocal", c.local)
		d.start("\x78\x78")
		d.want(t, "status: local 0/120 remote 0/20\n")
		d.to[0].Close()
		if err := <-d.result; err != nil || d.proc.Getenv(spawn.Variable) != "" {
			t.Errorf("%v, %q", err, d.proc.Env)
		}
		d.from[0].SetReadDeadline(time.Now())
		if n, _ := d.from[0].Read(make([]byte, 1)); n != 0 {
			t.Error("asked")
		}
	}
}
