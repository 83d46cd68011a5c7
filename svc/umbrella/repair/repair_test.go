package repair

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/queue"
	"qmailkit/send/waiting"
)

const split = 5

// made is a queue under test.
type made struct {
	t    *testing.T
	root string
	opts Options
}

func newQueue(t *testing.T) *made {
	m := &made{t: t, root: filepath.Join(t.TempDir(), "queue"), opts: Options{
		Owner: Owners{os.Getuid(), os.Getuid(), os.Getuid(), os.Getgid()}, Now: time.Now(),
	}}
	for _, f := range folders {
		for i := -1; i < split && (i < 0 || f.split); i++ {
			name := f.name
			if i >= 0 {
				name += "/" + strconv.Itoa(i)
			}
			m.must(os.Mkdir(filepath.Join(m.root, name), 0o700), own(filepath.Join(m.root, name), os.Getuid(), os.Getgid(), f.mode))
		}
	}
	m.write("lock/sendmutex", "", 0o600)
	m.write("lock/tcpto", strings.Repeat("\x00", 1024), 0o644)
	m.must(syscall.Mkfifo(filepath.Join(m.root, "lock/trigger"), 0o600), os.Chmod(filepath.Join(m.root, "lock/trigger"), 0o622))
	return m
}

func (m *made) must(errs ...error) {
	m.t.Helper()
	for _, err := range errs {
		if err != nil {
			m.t.Fatal(err)
		}
	}
}

func (m *made) write(rel, text string, mode os.FileMode) {
	m.t.Helper()
	path := filepath.Join(m.root, rel)
	m.must(os.WriteFile(path, []byte(text), 0o600), own(path, os.Getuid(), os.Getgid(), mode))
}

func (m *made) q() *queue.Queue { return &queue.Queue{Root: m.root, Split: split} }

// add puts a message into the queue whose recipient is name@..., sorted or in
// todo, and returns its number.
func (m *made) add(name string, sorted bool) queue.ID {
	m.t.Helper()
	m.write("pid/x", "Received: x\nSubject: "+name+"\n\n", 0o644)
	fi, err := os.Stat(filepath.Join(m.root, "pid/x"))
	m.must(err)
	id := queue.ID(fi.Sys().(*syscall.Stat_t).Ino)
	m.must(os.Rename(filepath.Join(m.root, "pid/x"), m.q().Path("mess", id)))
	if !sorted {
		m.write("intd/"+id.String(), "u1\x00p2\x00Fs-"+name+"\x00T"+name+"@h\x00", 0o644)
		m.must(os.Link(m.q().Path("intd", id), m.q().Path("todo", id)))
		return id
	}
	m.write(m.q().Rel("info", id), "Fs-"+name+"\x00", 0o600)
	m.write(m.q().Rel("local", id), "Dold@h\x00T"+name+"@h\x00", 0o600)
	m.write(m.q().Rel("remote", id), "T"+name+"@far\x00", 0o600)
	return id
}

// copied copies the queue away and back, so that every file has another inode
// and many have one that was another's.
func (m *made) copied() {
	m.t.Helper()
	for _, way := range []func([]string){slices.Sort[[]string], slices.Reverse[[]string]} {
		var files []string
		for _, kind := range kinds {
			for _, pattern := range []string{"/*", "/*/*"} {
				names, _ := filepath.Glob(filepath.Join(m.root, kind+pattern))
				for _, name := range names {
					if fi, err := os.Lstat(name); err == nil && fi.Mode().IsRegular() {
						files = append(files, name)
					}
				}
			}
		}
		way(files)
		for _, name := range files {
			fi, serr := os.Stat(name)
			m.must(serr, os.Chmod(name, fi.Mode()|0o400))
			data, err := os.ReadFile(name)
			m.must(err, os.WriteFile(name+"~", data, 0o600), os.Chmod(name+"~", fi.Mode()))
		}
		for _, name := range files {
			m.must(os.Rename(name+"~", name))
		}
	}
}

// state is what is in the queue, without the messages' numbers.
func (m *made) state() []string {
	m.t.Helper()
	q, err := queue.Open(m.root)
	m.must(err)
	ids, err := waiting.IDs(q)
	m.must(err)
	var list []string
	for _, id := range ids {
		w, err := waiting.Read(q, id)
		if err != nil {
			list = append(list, fmt.Sprintf("%d: %v", id, err))
			continue
		}
		text, err := os.ReadFile(q.Path("mess", id))
		m.must(err)
		if w.Hidden {
			list = append(list, fmt.Sprintf("%q hidden", text))
			continue
		}
		line := fmt.Sprintf("%q %s unsorted=%v held=%v", text, w.Sender, w.Unsorted, w.Held)
		for _, r := range w.Recipients {
			line += fmt.Sprintf(" %s %v", r.Address, r.Done)
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list
}

func (m *made) survey() *Plan {
	m.t.Helper()
	plan, err := Survey(m.root, m.opts)
	m.must(err)
	return plan
}

// mend repairs the queue, after which nothing is left to repair.
func (m *made) mend() *Plan {
	m.t.Helper()
	plan := m.survey()
	if err := plan.Apply(func() {}); err != nil {
		m.t.Fatalf("%v\n%+v", err, plan.Findings)
	}
	m.opts.Split, m.opts.Todo = 0, ""
	if again := m.survey(); len(again.Findings) != 0 || again.Steps() != 0 {
		m.t.Errorf("left to mend: %+v", again.Findings)
	}
	return plan
}

func (m *made) some() {
	for i := range 12 {
		m.add("u"+strconv.Itoa(i), i%3 > 0)
	}
	held := m.add("held", true)
	m.must(os.Chmod(m.q().Path("local", held), 0o200))
}

func TestNothing(t *testing.T) {
	m := newQueue(t)
	m.some()
	m.must(os.Mkdir(filepath.Join(m.root, "lost+found"), 0o755))
	if plan := m.survey(); len(plan.Findings) != 0 || plan.Steps() != 0 || plan.Whole != 13 {
		t.Errorf("%+v", plan)
	}
}

func TestCopied(t *testing.T) {
	m := newQueue(t)
	m.some()
	before := m.state()
	m.copied()
	plan := m.mend()
	if got := m.state(); !slices.Equal(got, before) {
		t.Errorf("%q\nbefore %q", got, before)
	}
	if plan.Whole != 13 || len(plan.Findings) == 0 {
		t.Errorf("%d %+v", plan.Whole, plan.Findings)
	}
}

func TestSplit(t *testing.T) {
	for _, opts := range []Options{{Split: 11}, {Split: 2}, {Todo: "split"}, {Split: 7, Todo: "split"}} {
		m := newQueue(t)
		m.some()
		before := m.state()
		m.opts.Split, m.opts.Todo = opts.Split, opts.Todo
		m.mend()
		q, err := queue.Open(m.root)
		m.must(err)
		if want := max(opts.Split, 0); want > 0 && q.Split != uint64(want) || q.SplitTodo != (opts.Todo == "split") {
			t.Errorf("%+v: %+v", opts, q)
		}
		if got := m.state(); !slices.Equal(got, before) {
			t.Errorf("%+v: %q\nbefore %q", opts, got, before)
		}
		m.opts.Split, m.opts.Todo = split, "flat"
		m.mend()
		if got := m.state(); !slices.Equal(got, before) {
			t.Errorf("%+v and back: %q\nbefore %q", opts, got, before)
		}
	}
}

// Cut short after any step, repair comes to the same end when it is begun again.
func TestCutShort(t *testing.T) {
	for n := 0; ; n++ {
		m := newQueue(t)
		for i := range 4 {
			m.add("u"+strconv.Itoa(i), i > 0)
		}
		m.write("remote/1/17", "no record", 0o600)
		before := m.state()
		m.copied()
		plan := m.survey()
		if n > plan.Steps() {
			break
		}
		stop := errors.New("stop")
		plan.steps = append(plan.steps[:n:n], func(*hand) error { return stop })
		if err := plan.Apply(func() {}); err != stop {
			t.Fatal(n, err)
		}
		m.mend()
		if got := m.state(); !slices.Equal(got, before) {
			t.Fatalf("after %d of %d steps: %q\nbefore %q", n, plan.Steps(), got, before)
		}
	}
}
