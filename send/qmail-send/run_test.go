package main

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/lock"
	"qmailkit/internal/trigger"
)

// daemon is Run in a home of its own, with the test at the other end of its
// seven pipes.
type daemon struct {
	home   string
	proc   *cmd.Proc
	log    *bufio.Reader
	to     [3]*os.File // what local, remote and clean say
	from   [3]*os.File // what they are asked
	result chan error
}

func newHome(t *testing.T) string {
	home := t.TempDir()
	for _, dir := range []string{"control", "bin", "queue/lock", "queue/bounce", "queue/todo", "queue/intd"} {
		mustMkdir(t, filepath.Join(home, dir))
	}
	for _, dir := range []string{"mess", "info", "local", "remote"} {
		for _, n := range []string{"0", "1", "2"} {
			mustMkdir(t, filepath.Join(home, "queue", dir, n))
		}
	}
	write(t, filepath.Join(home, "control/me"), "here\n")
	write(t, filepath.Join(home, "queue/lock/sendmutex"), "")
	if err := syscall.Mkfifo(filepath.Join(home, "queue/lock/trigger"), 0o600); err != nil {
		t.Fatal(err)
	}
	return home
}

func mustMkdir(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func newDaemon(t *testing.T, home string) *daemon {
	d := &daemon{home: home, result: make(chan error, 1)}
	pipe := func() (r, w *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close(); w.Close() })
		return r, w
	}
	var fds [7]*os.File
	logRead, logWrite := pipe()
	fds[0], d.log = logWrite, bufio.NewReader(logRead)
	for i := range d.to {
		d.from[i], fds[1+2*i] = pipe()
		fds[2+2*i], d.to[i] = pipe()
	}
	d.proc = &cmd.Proc{
		Name: "qmail-send", Home: home, Now: time.Now, Env: os.Environ(),
		Stdin: fds[0], Stdout: fds[1], Stderr: fds[2], FD: func(n int) *os.File { return fds[n] },
	}
	return d
}

func (d *daemon) start(limits string) {
	d.to[0].WriteString(limits[:1])
	d.to[1].WriteString(limits[1:])
	go func() {
		d.result <- Run(d.proc)
		d.proc.Stdin.Close()
	}()
}

func (d *daemon) want(t *testing.T, want string) {
	t.Helper()
	if line, err := d.log.ReadString('\n'); line != want || err != nil {
		t.Fatalf("log: %q %v, want %q", line, err, want)
	}
}

func (d *daemon) asked(t *testing.T, i int, want string) {
	t.Helper()
	b := make([]byte, len(want))
	if _, err := io.ReadFull(d.from[i], b); string(b) != want {
		t.Fatalf("asked %q %v, want %q", b, err, want)
	}
}

func TestRun(t *testing.T) {
	d := newDaemon(t, newHome(t))
	write(t, d.home+"/control/concurrencyremote", "7\n")
	d.start("\x05\xff")
	d.want(t, "status: local 0/5 remote 0/7\n")
	write(t, d.home+"/queue/mess/1/100", "hello\n")
	write(t, d.home+"/queue/todo/100", todoText("a@b", "u@here"))
	trigger.Pull(d.home + "/queue")
	d.want(t, "new msg 100\n")
	d.want(t, "info msg 100: bytes 6 from <a@b> qp 999 uid 1000\n")
	d.asked(t, 2, "todo/100\x00")
	if err := os.Remove(d.home + "/queue/todo/100"); err != nil {
		t.Fatal(err)
	}
	d.to[2].WriteString("+")
	d.asked(t, 0, "\x001/100\x00a@b\x00u@here\x00")
	d.want(t, "starting delivery 1: msg 100 to local u@here\n")
	d.want(t, "status: local 1/5 remote 0/7\n")
	d.to[0].WriteString("\x00Kdone\n\x00")
	d.want(t, "delivery 1: success: done/\n")
	d.want(t, "status: local 0/5 remote 0/7\n")
	d.want(t, "end msg 100\n")
	d.asked(t, 2, "foop/100\x00")
	d.to[2].WriteString("+")
	d.to[1].Close()
	d.want(t, lostSpawn)
	d.want(t, "status: exiting\n")
	if err := <-d.result; err != nil {
		t.Error(err)
	}
}

func TestRunCannotStart(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, d *daemon)
		log   string
	}{
		"no home":      {func(t *testing.T, d *daemon) { d.proc.Home += "/none" }, noHome},
		"no queue":     {func(t *testing.T, d *daemon) { os.Rename(d.home+"/queue", d.home+"/q") }, noQueue},
		"no mess":      {func(t *testing.T, d *daemon) { os.RemoveAll(d.home + "/queue/mess") }, noSplit},
		"no mutex":     {func(t *testing.T, d *daemon) { os.Remove(d.home + "/queue/lock/sendmutex") }, noMutex},
		"no locals":    {func(t *testing.T, d *daemon) { os.Remove(d.home + "/control/me") }, noControls},
		"bad controls": {func(t *testing.T, d *daemon) { mustMkdir(t, d.home+"/control/percenthack") }, noControls},
		"bad message":  {func(t *testing.T, d *daemon) { mustMkdir(t, d.home+"/control/bouncemessage") }, noControls},
		"no spawner":   {func(t *testing.T, d *daemon) { d.to[0].Close() }, noSpawn},
		"running": {func(t *testing.T, d *daemon) {
			f, err := os.OpenFile(d.home+"/queue/lock/sendmutex", os.O_WRONLY, 0)
			if err == nil {
				err = lock.TryExclusive(f)
			}
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { f.Close() })
		}, isRunning},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDaemon(t, newHome(t))
			c.spoil(t, d)
			d.start("\x05\x05")
			if all, _ := io.ReadAll(d.log); string(all) != c.log {
				t.Errorf("%q", all)
			}
			if code, text := cmd.Outcome("qmail-send", <-d.result); code != 111 || text != "" {
				t.Errorf("%d %q", code, text)
			}
		})
	}
}

func TestControls(t *testing.T) {
	home := newHome(t)
	c, alert := readControls(home)
	if alert != "" || c.lifetime != 604800 || c.limit != [2]int{10, 20} || c.bounceFrom != "MAILER-DAEMON" ||
		c.bounceHost != "here" || c.doubleBounceTo != "postmaster@here" || c.bounceMaxBytes != 0 || c.words != (words{}) {
		t.Errorf("%q %+v", alert, c)
	}
	for name, text := range map[string]string{
		"queuelifetime": "99999999999999999999x\n", "concurrencylocal": "0\n", "concurrencyremote": " 7\n", "bouncefrom": "md \n",
		"bouncehost": "bh\n", "doublebounceto": "me@there\n", "doublebouncehost": "dh\n", "bouncemaxbytes": "5\n",
		"bouncesubject": "Oh\n", "bouncemessage": "No.\n\n", "doublebouncesubject": "Ah\n", "doublebouncemessage": "No!",
	} {
		write(t, home+"/control/"+name, text)
	}
	c, alert = readControls(home)
	if alert != "" || c.lifetime != 1<<31-1 || c.limit != [2]int{0, 20} || c.bounceFrom != "md" || c.bounceHost != "bh" ||
		c.doubleBounceTo != "me@there" || c.bounceMaxBytes != 5 || c.words != (words{"Oh", "No.\n\n"}) || c.doubleWords != (words{"Ah", "No!"}) {
		t.Errorf("%q %+v", alert, c)
	}
	for _, c := range [][3]string{{"box", "host", "box@host"}, {"", "host", ""}, {"box", "ho\x00st", "box@ho"}, {"b@x\x00y", "host", "b@x"}} {
		if got := doubleBounceTo(c[0], c[1]); got != c[2] {
			t.Errorf("%q", got)
		}
	}
	os.Remove(home + "/control/me")
	write(t, home+"/control/locals", "x\n")
	os.Remove(home + "/control/bouncehost")
	if c, alert = readControls(home); alert != "" || c.bounceHost != "bouncehost" {
		t.Errorf("%q %+v", alert, c)
	}
}
