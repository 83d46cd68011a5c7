package systest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"qmailkit/internal/testhome"
)

// flowing are the messages that go through an installation while its programs
// are exchanged and put back.
const flowing = 2000

// TestMigrate moves a live installation of the C programs to ours and back
// while mail flows, under supervise. It takes about a minute.
func TestMigrate(t *testing.T) {
	home, ours := reference(t)
	built := filepath.Dir(ours["qmail-queue"])
	for _, name := range append(needed(), "qmail", "supervise") {
		if _, err := os.Stat(filepath.Join(built, name)); err != nil {
			t.Skip(err)
		}
	}
	s := withUsers(t, home, testhome.Copy{Programs: map[string]string{"qmail-queue": filepath.Join(home, "bin/qmail-queue")}})
	m := &mover{system: s, built: built, service: filepath.Join(s.peers, "service")}
	m.realPrograms()
	s.sinks()
	s.control("concurrencylocal", "20\n")
	s.control("concurrencyremote", "20\n")
	s.control("unknown", "x\n")
	m.supervised()
	before := m.listing()

	m.inject()
	m.await("a quarter of the messages", func() bool { return m.sent.Load() > flowing/4 })
	there := m.migrate("--yes", "--from", built)
	if there.Origin != "notqmail" || !slices.Contains(there.Done, "qmail-send") || !slices.Contains(there.Restarted, m.service) || len(there.ToDo) > 0 {
		t.Errorf("%+v", there)
	}
	m.switched(before)
	m.await("two thirds of the messages", func() bool { return m.sent.Load() > flowing*2/3 })
	back := m.migrate("--back", "--yes")
	if len(back.Left) > 0 || len(back.Done) < len(there.Done) || !slices.Contains(back.Restarted, m.service) {
		t.Errorf("%+v", back)
	}
	m.injected.Wait()
	m.idle()
	m.counted()
	if after := m.listing(); !slices.Equal(before, after) {
		t.Errorf("before:\n%s\nafter:\n%s", strings.Join(before, "\n"), strings.Join(after, "\n"))
	}
}

// mover is an installation that is moved.
type mover struct {
	*system
	built   string // folder of our programs
	service string

	injected sync.WaitGroup
	sent     atomic.Int64
}

// realPrograms makes bin what it is in an installation: files, and not links.
func (m *mover) realPrograms() {
	m.t.Helper()
	bin := filepath.Join(m.home, "bin")
	m.empty("bin/*")
	m.must(testhome.CopyTree(filepath.Join(m.home, ".programs"), bin, nil))
	fi, err := os.Lstat(filepath.Join(bin, "qmail-queue"))
	m.must(err)
	if fi.Mode() != 0o711|fs.ModeSetuid {
		m.t.Fatalf("qmail-queue has mode %v", fi.Mode())
	}
}

// supervised has qmail run by supervise until the test's end.
func (m *mover) supervised() {
	m.t.Helper()
	m.must(os.Mkdir(m.service, 0o755), os.WriteFile(filepath.Join(m.service, "run"),
		[]byte("#!/bin/sh\nexec env - PATH="+m.home+"/bin:/usr/bin:/bin TZ=UTC qmail-start ./Maildir/ >> "+m.log+" 2>&1\n"), 0o755))
	m.must(os.WriteFile(m.log, nil, 0o644))
	cmd := exec.Command(filepath.Join(m.built, "supervise"), m.service)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	m.must(cmd.Start())
	m.t.Cleanup(func() {
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		cmd.Wait()
	})
	m.logged(`^status: local 0/20`)
	m.t.Cleanup(func() {
		down := exec.Command(filepath.Join(m.built, "svc"), "-dx", m.service)
		if out, err := down.CombinedOutput(); err != nil {
			m.t.Errorf("svc: %v %s", err, out)
		}
		cmd.Wait()
	})
}

// inject begins to send messages by whatever qmail-inject there is, four at a
// time: of three, two stay here and one goes to another host.
func (m *mover) inject() {
	var next atomic.Int64
	for range 4 {
		m.injected.Add(1)
		go func() {
			defer m.injected.Done()
			for n := next.Add(1); n <= flowing; n = next.Add(1) {
				to := "ann@test.example"
				if n%3 == 0 {
					to = "x@far.example"
				}
				cmd := m.command("qmail-inject", "-a", "-fjoe@test.example", "--", to)
				cmd.Stdin = strings.NewReader(fmt.Sprintf("Subject: flow %d\n\nbody\n", n))
				if out, err := cmd.CombinedOutput(); err != nil {
					m.t.Errorf("message %d: %v: %s", n, err, out)
				}
				m.sent.Add(1)
			}
		}()
	}
}

// report is what qmail migrate says.
type report struct {
	Origin                      string
	Done, Left, Restarted, ToDo []string
	Items                       []struct{ Kind, Name, Fate string }
}

func (m *mover) migrate(args ...string) (r report) {
	m.t.Helper()
	cmd := m.command("qmail", append([]string{"migrate", "--json", "--service", m.service}, args...)...)
	cmd.Path, cmd.Stderr = filepath.Join(m.built, "qmail"), os.Stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		m.t.Fatal(err)
	}
	var raw struct {
		report
		ToDo []string `json:"to_do"`
	}
	if jerr := json.Unmarshal(out, &raw); err != nil || jerr != nil {
		m.t.Fatalf("%v %v: %s", err, jerr, out)
	}
	raw.report.ToDo = raw.ToDo
	return raw.report
}

// switched looks whether programs are ours, with the owners and modes of the
// old ones. Two of them the group qmail can read as well.
func (m *mover) switched(before []string) {
	m.t.Helper()
	looks := map[string]string{}
	for _, line := range before {
		words := strings.Fields(line)
		looks[words[0]] = strings.Join(words[1:4], " ")
	}
	for _, name := range needed() {
		path := filepath.Join(m.home, "bin", name)
		now := strings.Fields(describe(m.t, path, "bin/"+name))
		want := looks["bin/"+name]
		if name == "qmail-remote" || name == "qmail-rspawn" {
			want = strings.Replace(want, "-rwx--x--x", "-rwxr-x--x", 1)
		}
		if got := strings.Join(now[1:4], " "); got != want {
			m.t.Errorf("%s is %s, want %s", name, got, want)
		}
		same, err := exec.Command("cmp", path, filepath.Join(m.built, name)).CombinedOutput()
		if err != nil {
			m.t.Errorf("%s is not ours: %s", name, same)
		}
	}
}

// describe tells a file's mode, owners, inode and size.
func describe(t *testing.T, path, name string) string {
	fi, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	st := fi.Sys().(*syscall.Stat_t)
	size := fi.Size()
	if fi.IsDir() {
		size = 0
	}
	return fmt.Sprintf("%s %v %d %d %d %d", name, fi.Mode(), st.Uid, st.Gid, st.Ino, size)
}

// listing is all of the home but mail and queue.
func (m *mover) listing() (list []string) {
	m.t.Helper()
	m.must(filepath.WalkDir(m.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(m.home, path)
		m.must(err)
		if rel == "queue" || rel == "people" || rel == ".programs" {
			return fs.SkipDir
		}
		list = append(list, describe(m.t, path, rel))
		return nil
	}))
	return list
}

// counted looks whether each message has arrived, once.
func (m *mover) counted() {
	m.t.Helper()
	got := map[string]int{}
	for _, text := range append(m.box("ann"), texts(m.t, filepath.Join(m.peers, "far.*"))...) {
		_, rest, _ := strings.Cut(text, "Subject: flow ")
		number, _, _ := strings.Cut(rest, "\n")
		got[strings.TrimSpace(number)]++
	}
	for n := 1; n <= flowing; n++ {
		if times := got[strconv.Itoa(n)]; times != 1 {
			m.t.Errorf("message %d has arrived %d times", n, times)
		}
	}
	if len(got) != flowing {
		m.t.Errorf("%d messages have arrived", len(got))
	}
}
