package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/lock"
	"qmailkit/internal/plain"
)

const message = "Subject: x\n\nbody\n"

// world is a user's home folder and an engine.
type world struct {
	t      *testing.T
	home   string
	proc   *cmd.Proc
	engine *Engine
	finish func(int) clitest.Result
}

func newWorld(t *testing.T, files map[string]string, env ...string) *world {
	t.Helper()
	home := filepath.Join(t.TempDir(), "home")
	clitest.Files(t, home, files)
	p, finish := clitest.Proc(t, "qmail-local", clitest.World{Env: env, Now: time.Unix(1_700_000_000, 0)})
	return &world{t, home, p, NewEngine(p), finish}
}

// job is a delivery to joe-EXT@x.y, or to joe@x.y without an ext.
func (w *world) job(ext, message string) Job {
	w.t.Helper()
	path := filepath.Join(w.t.TempDir(), "message")
	clitest.Files(w.t, filepath.Dir(path), map[string]string{"message": message})
	j := Job{User: "joe", Home: w.home, Local: "joe", Host: "x.y", Sender: "s@t.u", Default: "./Mailbox",
		Message: plain.FD(clitest.Open(w.t, path).Fd()), Output: w.output}
	if ext != "" {
		j.Local, j.Dash, j.Ext = "joe-"+ext, "-", ext
	}
	return j
}

func (w *world) output() (stdout, stderr *os.File, err error) {
	return w.proc.Stdout, w.proc.Stderr, nil
}

func (w *world) deliver(ext string) Result {
	w.t.Helper()
	return w.engine.Deliver(context.Background(), w.job(ext, message))
}

func (w *world) read(name string) string {
	w.t.Helper()
	return clitest.Read(w.t, filepath.Join(w.home, name))
}

const stored = "Return-Path: <s@t.u>\nDelivered-To: joe@x.y\n" + message

func TestMailboxes(t *testing.T) {
	w := newWorld(t, map[string]string{".qmail": "./m\n./Maildir/\n", "Maildir/tmp/": "", "Maildir/new/": "", "Maildir/cur/": ""})
	if r := w.deliver(""); r.Report() != "did 2+0+0\n" || r.Code() != 0 {
		t.Fatalf("%+v", r)
	}
	if got := w.read("m"); got != "From s@t.u Tue Nov 14 22:13:20 2023\n"+stored+"\n" {
		t.Errorf("%q", got)
	}
	names, _ := filepath.Glob(w.home + "/Maildir/*/*")
	if len(names) != 1 || clitest.Read(t, names[0]) != stored || filepath.Base(filepath.Dir(names[0])) != "new" {
		t.Errorf("%q", names)
	}
}

func TestForwardsComeLastTogether(t *testing.T) {
	q := clitest.NewQueue(t, 0)
	w := newWorld(t, map[string]string{".qmail-l": "&a@b\n|cat >seen\nc@d\n", ".qmail-l-owner": ""}, q.Env())
	r := w.deliver("l")
	if r.Err != nil || r.Forwards != 2 || r.Programs != 1 || r.QP == 0 || !strings.HasPrefix(r.Report(), "did 0+2+1\nqp ") {
		t.Fatalf("%+v", r)
	}
	if got := w.read("seen"); got != message {
		t.Errorf("the program saw %q", got)
	}
	if got := q.Message(t); got != "Delivered-To: joe-l@x.y\n"+message {
		t.Errorf("%q", got)
	}
	if got := q.Envelope(t); got != "Fjoe-l-owner@x.y\x00Ta@b\x00Tc@d\x00\x00" {
		t.Errorf("%q", got)
	}
}

func TestFailures(t *testing.T) {
	for _, c := range []struct {
		ext, qmail string
		setup      func(home string)
		code       int
		report     string
	}{
		{"", "|exit 100\n./m", nil, 100, ""},
		{"", "|exit 64\n./m", nil, 100, ""},
		{"", "|exit 1\n./m", nil, 111, ""},
		{"", "|kill -9 $$", nil, 111, "Aack, child crashed. (#4.3.0)\n"},
		{"", "\n./m", nil, 111, "Uh-oh: first line of .qmail file is blank. (#4.2.1)\n"},
		{"", "&\n./m", nil, 111, "Uh-oh: .qmail file has an empty forward address. (#4.2.1)\n"},
		{"", "+list\n./m", nil, 111, "Uh-oh: .qmail has file delivery but has x bit set. (#4.7.0)\n"},
		{"", "+list\n|x", nil, 111, "Uh-oh: .qmail has prog delivery but has x bit set. (#4.7.0)\n"},
		{"", "./Maildir/", nil, 111, "Unable to chdir to maildir. (#4.2.1)\n"},
		{"", "./", nil, 111, "Temporary error on maildir delivery. (#4.3.0)\n"},
		{"", "./no/m", nil, 111, "Unable to open ./no/m: file does not exist. (#4.2.1)\n"},
		{"x", "./m", nil, 100, "Sorry, no mailbox here by that name. (#5.1.1)\n"},
		{"", "./m", func(h string) { os.Chmod(h, 0o777) }, 111, "Uh-oh: home directory is writable. (#4.7.0)\n"},
		{"", "./m", func(h string) { os.Chmod(h, os.ModeSticky|0o755) }, 111,
			"Home directory is sticky: user is editing his .qmail file. (#4.2.1)\n"},
		{"", "./m", func(h string) { os.Chmod(h+"/.qmail", 0o646) }, 111, "Uh-oh: .qmail file is writable. (#4.7.0)\n"},
		{"", "./m", func(h string) { os.Chmod(h+"/.qmail", 0o700) }, 111, "Uh-oh: .qmail has file delivery but has x bit set. (#4.7.0)\n"},
		{"", "./m", func(h string) { os.Remove(h + "/.qmail"); os.Remove(h) }, 111, "Unable to switch to HOME: file does not exist. (#4.3.0)\n"},
	} {
		w := newWorld(t, map[string]string{".qmail": c.qmail})
		if c.setup != nil {
			c.setup(w.home)
		}
		r := w.deliver(c.ext)
		if got := strings.ReplaceAll(r.Report(), w.home, "HOME"); r.Code() != c.code || got != c.report {
			t.Errorf("%q: %d %q", c.qmail, r.Code(), got)
		}
		if got := w.read("m"); got != "" {
			t.Errorf("%q: delivered %q", c.qmail, got)
		}
	}
}

func TestCode99EndsInstructions(t *testing.T) {
	q := clitest.NewQueue(t, 0)
	w := newWorld(t, map[string]string{".qmail": "a@b\n|exit 99\nc@d\n./m\n"}, q.Env())
	if r := w.deliver(""); r.Err != nil || r.Forwards != 1 {
		t.Errorf("%+v", r)
	}
	if got := q.Envelope(t); got != "Fs@t.u\x00Ta@b\x00\x00" || w.read("m") != "" {
		t.Errorf("%q", got)
	}
}

func TestRefusedForward(t *testing.T) {
	for exit, code := range map[int]int{31: 100, 53: 111} {
		w := newWorld(t, map[string]string{".qmail": "a@b\n"}, clitest.NewQueue(t, exit).Env())
		if r := w.deliver(""); r.Code() != code || !strings.HasPrefix(r.Report(), "Unable to forward message: ") {
			t.Errorf("%d: %+v", exit, r)
		}
	}
}

func TestSearch(t *testing.T) {
	w := newWorld(t, map[string]string{
		".qmail-a": "#a", ".qmail-a-b": "#a-b", ".qmail-a-default": "#a-default", ".qmail-x:y": "#x:y", ".qmail-u-default": "#u-default",
		".qmail-dir/": "", ".qmail-dir-default/": "",
	})
	for _, c := range []struct{ ext, text, matched string }{
		{"a", "#a", ""}, {"A-B", "#a-b", ""}, {"a-b-c", "#a-default", "b-c"}, {"a-", "#a-default", ""}, {"a-C.d", "#a-default", "C.d"},
		{"x.Y", "#x:y", ""}, {"u-Default", "#u-default", "Default"},
	} {
		d := &delivery{Engine: w.engine, Job: w.job(c.ext, "")}
		text, err := d.search()
		if text != c.text || err != nil || d.dot.matched != c.matched || d.dot.isDefault != strings.Contains(c.text, "default") {
			t.Errorf("%q: %q %q %v", c.ext, text, d.dot.matched, err)
		}
	}
	for _, ext := range []string{"b", "../home/.qmail-a", "dir", "dir-x", strings.Repeat("x", 5000)} {
		d := &delivery{Engine: w.engine, Job: w.job(ext, "")}
		if text, err := d.search(); !cmd.IsPermanent(err) {
			t.Errorf("%.50q: %q %v", ext, text, err)
		}
	}
}

func TestEnvironment(t *testing.T) {
	w := newWorld(t, map[string]string{".qmail-default": "|env"}, "EXT4=old", "SENDER=old", "OTHER=kept")
	j := w.job("a-b-c", message)
	j.Sender, j.Host = "a b@c\nd", "w.x.y.z"
	if r := w.engine.Deliver(context.Background(), j); r.Err != nil {
		t.Fatal(r.Err)
	}
	got := "\n" + w.finish(0).Stdout
	for _, want := range []string{
		"SENDER=a b@c\nd", "NEWSENDER=a b@c\nd", "RECIPIENT=joe-a-b-c@w.x.y.z", "USER=joe", "HOME=" + w.home, "LOCAL=joe-a-b-c",
		"HOST=w.x.y.z", "HOST2=w.x.y", "HOST3=w.x", "HOST4=w", "EXT=a-b-c", "EXT2=b-c", "EXT3=c", "EXT4=", "DEFAULT=a-b-c", "OTHER=kept",
		"DTLINE=Delivered-To: joe-a-b-c@w.x.y.z\n", "RPLINE=Return-Path: <\"a b\"@c_d>\n", "UFLINE=From a-b@c-d Tue Nov 14 22:13:20 2023\n",
	} {
		if strings.Count(got, "\n"+want+"\n") != 1 {
			t.Errorf("no %q in %q", want, got)
		}
	}
	if strings.Contains(got, "old") {
		t.Errorf("%q", got)
	}
}

func TestLoop(t *testing.T) {
	w := newWorld(t, nil)
	long := strings.Repeat("x", 10_000)
	for head, loops := range map[string]bool{
		"Delivered-To: joe@x.y\n":                        true,
		"X: " + long + "\nDelivered-To: joe@x.y\n\n":     true,
		"Delivered-To: joe@x.y" + long + "\n\n":          false,
		"Delivered-To: joe@x.y":                          false,
		"Delivered-To: Joe@x.y\n\n":                      false,
		"S: x\n\nDelivered-To: joe@x.y\n":                false,
		long[:4096-1] + "\n" + "Delivered-To: joe@x.y\n": true,
		"": false,
	} {
		r := w.engine.Deliver(context.Background(), w.job("", head))
		if loops != (r.Code() == 100) {
			t.Errorf("%.60q: %q", head, r.Report())
		}
	}
}

func TestPlan(t *testing.T) {
	w := newWorld(t, map[string]string{".qmail": "#\n./m\n./d/\n|p q\n&a@b\n+list\n|x\n"})
	os.Chmod(w.home, os.ModeSticky|0o755)
	plan := w.engine.Describe(w.job("", ""))
	want := "mbox ./m\nmaildir ./d/\nprogram p q\nforward a@b"
	if got := strings.Join(plan.Lines, "\n"); got != want || !plan.Sticky || plan.Result.Code() != 111 {
		t.Errorf("%q %+v", got, plan.Result)
	}
}

// An mbox that another delivery, killed, has left inside a line.
func TestMboxAfterKill(t *testing.T) {
	w := newWorld(t, map[string]string{"Mailbox": "From a\n\nhal"})
	w.deliver("")
	if got := w.read("Mailbox"); !strings.HasPrefix(got, "From a\n\nhal\nFrom s@t.u ") {
		t.Errorf("%q", got)
	}
}

func TestLockPatience(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	held, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer held.Close()
	if err := lock.Exclusive(held); err != nil {
		t.Fatal(err)
	}
	short, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	if _, locked, err := openMbox(short, path); locked || err != errSlowLock {
		t.Errorf("%v %v", locked, err)
	}
	type opened struct {
		f   *os.File
		err error
	}
	done := make(chan opened)
	go func() {
		f, _, err := openMbox(context.Background(), path)
		done <- opened{f, err}
	}()
	// Whoever held the lock puts another file in the place of this one.
	other, err := os.Create(path + ".new")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if err := os.Rename(other.Name(), path); err != nil {
		t.Fatal(err)
	}
	held.Close()
	got := <-done
	if got.err != nil {
		t.Fatal(got.err)
	}
	defer got.f.Close()
	ours, _ := got.f.Stat()
	want, _ := other.Stat()
	if !os.SameFile(ours, want) {
		t.Error("what was locked is no longer the mbox")
	}
}

// Many deliveries at once in one process feel nothing of each other.
func TestManyAtOnce(t *testing.T) {
	w := newWorld(t, map[string]string{".qmail": "./m\n./Maildir/\n|cat >>programs\n", "Maildir/tmp/": "", "Maildir/new/": ""})
	before, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	const n = 20
	var group sync.WaitGroup
	for range n {
		j := w.job("", message)
		group.Go(func() {
			if r := w.engine.Deliver(context.Background(), j); r.Err != nil {
				t.Error(r.Err)
			}
		})
	}
	group.Wait()
	if got := strings.Count(w.read("m"), "From s@t.u Tue Nov 14 22:13:20 2023\n"+stored+"\n"); got != n {
		t.Errorf("%d in the mbox", got)
	}
	if names, _ := filepath.Glob(w.home + "/Maildir/new/*"); len(names) != n {
		t.Errorf("%d in the Maildir", len(names))
	}
	if after, _ := os.Getwd(); after != before {
		t.Errorf("the process is in %s", after)
	}
}

func TestInterrupted(t *testing.T) {
	w := newWorld(t, nil)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if r := w.engine.Deliver(ctx, w.job("", message)); r.Code() != 111 || w.read("Mailbox") != "" {
		t.Errorf("%+v", r)
	}
}

func TestUnreadable(t *testing.T) {
	w := newWorld(t, nil)
	j := w.job("", message)
	j.Message = plain.FD(clitest.Open(t, t.TempDir()).Fd())
	if r := w.engine.Deliver(context.Background(), j); r.Code() != 111 || r.Report() != "Unable to read message: is a directory. (#4.3.0)\n" {
		t.Errorf("%+v", r)
	}
	r, pipe, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer pipe.Close()
	j.Message = plain.FD(r.Fd())
	if got := w.engine.Deliver(context.Background(), j).Report(); got != "Unable to rewind message. (#4.3.0)\n" {
		t.Errorf("%q", got)
	}
	var e error = &readError{syscall.EIO}
	if !errors.Is(e, syscall.EIO) {
		t.Error("the cause is lost")
	}
}
