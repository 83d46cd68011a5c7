package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
	"qmailkit/internal/rcptcheck"
	"qmailkit/internal/users"
)

// owner is whom the test's home belongs to: an ordinary user, so that it is a
// single-user home.
func owner() int {
	if uid := os.Getuid(); uid != 0 {
		return uid
	}
	return 54321
}

// world is a home with the programs that take part in finding a
// recipient; newWorld is told of more.
type world struct {
	t    *testing.T
	home string
}

func newWorld(t *testing.T, programs ...string) *world {
	t.Helper()
	w := &world{t, killtest.Dir(t) + "/h"}
	clitest.Files(t, w.home, map[string]string{"queue/mess/7/77": "Subject: x\n\nb\n", "users/": "", "control/": "", "alias/": "", "bin/": ""})
	w.give()
	packages := []string{"."}
	for _, name := range append(programs, "qmail-getpw") {
		packages = append(packages, "../"+name)
	}
	build := exec.Command("go", append([]string{
		"build", "-buildvcs=false", "-ldflags", "-X qmailkit/internal/home.dir=" + w.home, "-o", w.home + "/bin/",
	}, packages...)...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return w
}

// give makes all files the owner's.
func (w *world) give() {
	w.t.Helper()
	if os.Getuid() != 0 {
		return
	}
	err := filepath.WalkDir(w.home, func(path string, _ os.DirEntry, err error) error {
		if err == nil {
			err = os.Lchown(path, owner(), owner())
		}
		return err
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// put writes files below the home. OWNER in users/assign is the owner's
// number, HOME the home; users/cdb is made of it.
func (w *world) put(files map[string]string) {
	w.t.Helper()
	clitest.Files(w.t, w.home, files)
	if assign, ok := files["users/assign"]; ok {
		assign = strings.NewReplacer("OWNER", strconv.Itoa(owner()), "HOME", w.home).Replace(assign)
		table, err := cdb.Create(w.home+"/users/cdb", 0o644)
		if err == nil {
			err = users.ReadAssign(strings.NewReader(assign), table.Add)
		}
		if err == nil {
			err = table.Finish()
		}
		if err != nil {
			w.t.Fatal(err)
		}
	}
	w.give()
}

// command is a program of the home, run by the owner.
func (w *world) command(name string, args ...string) *exec.Cmd {
	c := exec.Command(w.home+"/bin/"+name, args...)
	c.Env = []string{"PATH=/usr/bin:/bin"}
	if os.Getuid() == 0 {
		uid := uint32(owner())
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	}
	return c
}

// start starts the program and waits until it answers.
func (w *world) start(c *exec.Cmd) {
	w.t.Helper()
	r, wr, err := os.Pipe()
	if err != nil {
		w.t.Fatal(err)
	}
	c.Stderr = wr
	if err := c.Start(); err != nil {
		w.t.Fatal(err)
	}
	wr.Close()
	ended := make(chan string, 1)
	go func() {
		var said bytes.Buffer
		said.ReadFrom(r)
		c.Wait()
		ended <- said.String()
	}()
	w.t.Cleanup(func() { c.Process.Kill(); <-ended })
	for !answers(w.home) {
		select {
		case said := <-ended:
			ended <- said
			w.t.Fatalf("qmail-rcptd has ended: %q", said)
		default:
		}
	}
}

// answers tells whether somebody listens.
func answers(home string) bool {
	conn, err := dial(home)
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// expect holds the answers, "y recipient" and so on, to what they should be.
func (w *world) expect(answers ...string) {
	w.t.Helper()
	for _, want := range answers {
		if got := rcptcheck.Ask(w.home, want[2:]); got != rcptcheck.Verdict(want[0]) {
			w.t.Errorf("%s: %c, not %c", want[2:], got, want[0])
		}
	}
}
