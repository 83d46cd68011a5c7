package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
)

// other is who owns a home that root tests with.
const other = 54321

// base holds the one home that the program under test is built for, and the
// program: to link it for every test would take most of their time.
var base string

func TestMain(m *testing.M) {
	var err error
	if base, err = os.MkdirTemp("", "qmail-queue"); err == nil {
		err = os.Chmod(base, 0o755)
	}
	if err != nil {
		panic(err)
	}
	code := m.Run()
	os.RemoveAll(base)
	os.Exit(code)
}

// world is a single-user home and input for the program.
type world struct {
	t         *testing.T
	home, dir string
}

const (
	message  = "Subject: x\n\nhi\n"
	envelope = "Fa@b.example\x00Tu@test.example\x00Tv@test.example\x00\x00"
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: base, home: filepath.Join(base, "home")}
	if err := os.RemoveAll(w.home); err != nil {
		t.Fatal(err)
	}
	clitest.Files(t, w.dir, map[string]string{
		"message": message, "envelope": envelope, "home/queue/pid/": "", "home/queue/intd/": "", "home/queue/todo/": "",
		"home/queue/mess/0/": "", "home/queue/mess/1/": "", "home/queue/mess/2/": "", "home/queue/lock/": "",
	})
	if err := syscall.Mkfifo(w.home+"/queue/lock/trigger", 0o622); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		err := filepath.WalkDir(w.home, func(path string, _ os.DirEntry, err error) error {
			if err == nil {
				err = os.Chown(path, other, other)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return w
}

// command makes a process of the real program, run by the home's owner.
func (w *world) command() *exec.Cmd {
	w.t.Helper()
	program := base + "/program"
	if _, err := os.Stat(program); err != nil {
		killtest.Build(w.t, program, w.home)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	w.t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, program)
	cmd.Stdin = clitest.Open(w.t, w.dir+"/message")
	cmd.Stdout = clitest.Open(w.t, w.dir+"/envelope")
	if os.Getuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: other, Gid: other}}
	}
	return cmd
}

// files lists what the queue holds, folders left out: "mess/1/4", "todo/4".
func (w *world) files() []string {
	w.t.Helper()
	var list []string
	root := w.home + "/queue/"
	for _, pattern := range []string{"pid/*", "mess/*/*", "intd/*", "todo/*", "intd/*/*", "todo/*/*"} {
		names, _ := filepath.Glob(root + pattern)
		for _, name := range names {
			if fi, err := os.Lstat(name); err == nil && fi.Mode().IsRegular() {
				list = append(list, strings.TrimPrefix(name, root))
			}
		}
	}
	return list
}

// sound complains about every todo entry whose envelope or message is not
// whole, and returns how many entries there are.
func (w *world) sound(when string) int {
	w.t.Helper()
	entries := 0
	for _, name := range w.files() {
		id, queued := strings.CutPrefix(name, "todo/")
		if !queued {
			continue
		}
		entries++
		todo := clitest.Read(w.t, w.home+"/queue/"+name)
		if !strings.HasPrefix(todo, "u") || !strings.HasSuffix(todo, strings.TrimSuffix(envelope, "\x00")) {
			w.t.Errorf("%s: %s holds %q", when, name, todo)
		}
		found, _ := filepath.Glob(w.home + "/queue/mess/*/" + id)
		if len(found) != 1 {
			w.t.Errorf("%s: %s has the messages %q", when, name, found)
			continue
		}
		text := clitest.Read(w.t, found[0])
		if !strings.HasPrefix(text, "Received: (qmail ") || !strings.HasSuffix(text, "\n"+message) {
			w.t.Errorf("%s: the message of %s is %q", when, name, text)
		}
	}
	return entries
}

// empty removes all files of the queue.
func (w *world) empty() {
	w.t.Helper()
	for _, name := range w.files() {
		if err := os.Remove(w.home + "/queue/" + name); err != nil {
			w.t.Fatal(err)
		}
	}
}
