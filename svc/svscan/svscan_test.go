package main

import (
	"bufio"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/sys"
)

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"f": ""})
	for name, want := range map[string]string{"none": "file does not exist", "f": "not a directory"} {
		got := clitest.Run(t, "svscan", Run, clitest.World{Args: []string{name}, Dir: dir})
		if got != (clitest.Result{Code: 111, Stderr: "svscan: fatal: unable to chdir to " + name + ": " + want + "\n"}) {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// world is a scanner whose supervise says its argument on a fifo, and ends
// unless that is "log": then it says its first line of input, too.
type world struct {
	*scanner
	lines *bufio.Scanner
	now   time.Time
}

func made(t *testing.T, files map[string]string) *world {
	t.Helper()
	p, _ := clitest.Proc(t, "svscan", clitest.World{})
	w := &world{now: time.Unix(1_000_000_000, 0)}
	p.Now = func() time.Time { return w.now }
	fifo := p.Dir + "/said"
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	said, err := os.OpenFile(fifo, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { said.Close() })
	clitest.Script(t, p.Dir+"/bin/supervise",
		`if [ "$1" = log ]; then read line; echo "log $line" >`+fifo+`; else echo from $1; echo "$# $1" >`+fifo+`; fi`)
	p.Setenv("PATH", p.Dir+"/bin:/usr/bin:/bin")
	clitest.Files(t, p.Dir+"/sc", files)
	w.scanner, w.lines = newScanner(p, p.Dir+"/sc/"), bufio.NewScanner(said)
	return w
}

// said returns the next n lines, sorted.
func (w *world) said(n int) (lines []string) {
	for range n {
		w.lines.Scan()
		lines = append(lines, w.lines.Text())
	}
	slices.Sort(lines)
	return lines
}

// rest waits until no supervise runs any more.
func (w *world) rest() {
	for _, x := range w.services {
		for x.main.running() || x.log.running() {
			time.Sleep(time.Millisecond)
		}
	}
}

func TestScan(t *testing.T) {
	w := made(t, map[string]string{"a/log/": "", "b/": "", ".hidden/": "", "file": ""})
	stderr := func() string { return clitest.Read(t, w.p.Stderr.Name()) }
	w.scan()
	if got := w.said(3); !slices.Equal(got, []string{"1 a", "1 b", "log from a"}) {
		t.Errorf("%q", got)
	}
	w.rest()
	w.scan() // too early for any
	for _, x := range w.services {
		if x.main.running() || x.log.running() {
			t.Error("started again at once")
		}
	}
	if err := os.Rename(w.folder+"b", w.folder+".b"); err != nil {
		t.Fatal(err)
	}
	w.now = w.now.Add(period)
	w.scan()
	if got := w.said(2); !slices.Equal(got, []string{"1 a", "log from a"}) || len(w.services) != 1 {
		t.Errorf("%q of %d", got, len(w.services))
	}
	w.rest()
	// A new name is no new service; two names are one.
	os.Rename(w.folder+"a", w.folder+"c")
	os.Symlink("c", w.folder+"d")
	w.now = w.now.Add(period)
	w.scan()
	if w.said(2); len(w.services) != 1 || stderr() != "" {
		t.Errorf("%d services; %s", len(w.services), stderr())
	}
	w.rest()
}

func TestTroubles(t *testing.T) {
	w := made(t, map[string]string{"a/": ""})
	w.p.Setenv("PATH", "/nowhere")
	w.scan()
	os.Symlink("nowhere", w.folder+"b")
	w.scan()
	os.Remove(w.folder + "b")
	w.services = append(w.services, make([]*service, most)...)
	for i := range w.services {
		w.services[i] = &service{}
	}
	w.see("a")
	want := "svscan: warning: unable to start supervise a: file does not exist\n" +
		"svscan: warning: unable to stat b: file does not exist\n" +
		"svscan: warning: unable to start a: running too many services\n"
	if got := clitest.Read(t, w.p.Stderr.Name()); got != want {
		t.Error(got)
	}
}

func TestWait(t *testing.T) {
	w := made(t, nil)
	w.told <- syscall.SIGTERM
	if !w.wait(nil) {
		t.Error("it goes on")
	}
	changed := make(chan struct{}, 1)
	changed <- struct{}{}
	if w.wait(changed) { // for the time of settling
		t.Error("nobody has told it to stop")
	}
}

// What runs does not wait for a logger that does not read.
func TestLogger(t *testing.T) {
	w := made(t, map[string]string{".log/": "", "a/": ""})
	w.p.Args = []string{"sc", ".log"}
	own := w.p.Stderr
	if err := w.addLogger(); err != nil || w.logger == nil || w.p.Stderr == own {
		t.Fatal(err)
	}
	w.scan()
	if got := w.said(2); !slices.Equal(got, []string{"1 .log", "1 a"}) {
		t.Errorf("%q", got)
	}
	w.rest()
	for sys.Writable(w.p.Stderr) {
		w.say("x")
	}
	w.say("this is lost")
	b := make([]byte, 100)
	if n, err := w.logger.read.Read(b); err != nil || !strings.HasPrefix(string(b[:n]), "from a\nsvscan: warning: x\n") {
		t.Errorf("%q %v", b[:n], err)
	}
}
