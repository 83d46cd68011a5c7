package main

import (
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/tai64"
	"qmailkit/svc"
)

func TestSvstat(t *testing.T) {
	dir := t.TempDir()
	at := time.Unix(1_000_000_000, 0)
	for _, c := range []struct {
		name   string
		status svc.Status
		down   bool
		want   string
	}{
		{"up", svc.Status{Pid: 513, Want: 'u'}, false, "up (pid 513) 7 seconds"},
		{"up-down", svc.Status{Pid: 1, Want: 'u'}, true, "up (pid 1) 7 seconds, normally down"},
		{"stopping", svc.Status{Pid: 1, Paused: true, Want: 'd'}, false, "up (pid 1) 7 seconds, paused, want down"},
		{"once", svc.Status{Pid: 1}, false, "up (pid 1) 7 seconds"},
		{"down", svc.Status{Paused: true, Want: 'd'}, false, "down 7 seconds, normally up"},
		{"down-down", svc.Status{Want: 'd'}, true, "down 7 seconds"},
		{"starting", svc.Status{Want: 'u'}, false, "down 7 seconds, normally up, want up"},
	} {
		c.status.Since = tai64.Pack(at)
		b := c.status.Pack()
		files := map[string]string{c.name + "/supervise/status": string(b[:])}
		if c.down {
			files[c.name+"/down"] = ""
		}
		clitest.Files(t, dir, files)
		fifo(t, dir+"/"+c.name, true)
		got := clitest.Run(t, "svstat", Run, clitest.World{Args: []string{c.name}, Dir: dir, Now: at.Add(7900 * time.Millisecond)})
		if got != (clitest.Result{Stdout: c.name + ": " + c.want + "\n"}) {
			t.Errorf("%+v, want %s", got, c.want)
		}
	}
}

// A supervise with scripts tells stages, and of its logger.
func TestStages(t *testing.T) {
	dir, at := t.TempDir(), time.Unix(1_000_000_000, 0)
	main := svc.Status{Since: tai64.Pack(at), Pid: 5, Stage: svc.Running}.PackStaged()
	log := svc.Status{Since: tai64.Pack(at), Want: 'd', Stage: svc.Failed}.PackStaged()
	clitest.Files(t, dir, map[string]string{"one/supervise/status": string(main[:]), "both/supervise/status": string(main[:]) + string(log[:])})
	fifo(t, dir+"/one", true)
	fifo(t, dir+"/both", true)
	const up, down = "up (pid 5) 0 seconds, once, running\n", "down 0 seconds, normally up, failed\n"
	for args, want := range map[string]string{
		"one both":     "one: " + up + "both: " + up + "both log: " + down,
		"-l both":      "both: " + up,
		"-lL one both": "one: no log service\nboth log: " + down,
		"-L -l one":    "one: " + up,
		"one -l":       "one: " + up + "-l: unable to chdir: file does not exist\n",
	} {
		got := clitest.Run(t, "svstat", Run, clitest.World{Args: strings.Fields(args), Dir: dir, Now: at})
		if got != (clitest.Result{Stdout: want}) {
			t.Errorf("%s: %+v", args, got)
		}
	}
}

// fifo makes the one that says that supervise runs.
func fifo(t *testing.T, service string, read bool) {
	t.Helper()
	clitest.Files(t, service+"/supervise", nil)
	if err := syscall.Mkfifo(service+"/supervise/ok", 0o600); err != nil {
		t.Fatal(err)
	}
	if read {
		f, err := os.OpenFile(service+"/supervise/ok", os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
	}
}

func TestTroubles(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"empty/": "", "short/supervise/status": "@"})
	fifo(t, dir+"/dead", false)
	fifo(t, dir+"/new", true)
	fifo(t, dir+"/short", true)
	got := clitest.Run(t, "svstat", Run, clitest.World{Args: []string{"none", "empty", "dead", "new", "short"}, Dir: dir})
	want := `none: unable to chdir: file does not exist
empty: unable to open supervise/ok: file does not exist
dead: supervise not running
new: unable to open supervise/status: file does not exist
short: unable to read supervise/status: bad format
`
	if got != (clitest.Result{Stdout: want}) {
		t.Errorf("%+v", got)
	}
}
