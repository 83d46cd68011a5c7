package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/queue"
	"qmailkit/send"
)

func testQueue(t testing.TB) *queue.Queue {
	q := &queue.Queue{Root: t.TempDir(), Split: 1}
	for _, dir := range []string{"mess", "info", "local", "remote", "todo"} {
		if err := os.MkdirAll(filepath.Join(q.Root, q.Dirs(dir)[0]), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	os.WriteFile(q.Path("mess", 7), []byte("0123456789"), 0o600)
	return q
}

func TestSorter(t *testing.T) {
	q := testQueue(t)
	long := strings.Repeat("l", 5000)
	os.WriteFile(q.Path("todo", 7), []byte("u1x\x00u2\x00p3\x00p\x00Fa@b\x00Tu@here\x00T"+long+"@far\x00Tv@virt\x00Tcut"), 0o600)
	s := &sorter{queue: q, rules: testConfig().rules, id: 7}
	s.run()
	if !s.ok || s.has != [2]bool{true, true} || s.log != "new msg 7\ninfo msg 7: bytes 10 from <a@b> qp 0 uid 2\n" {
		t.Errorf("%v %v %q", s.ok, s.has, s.log)
	}
	for dir, want := range map[string]string{"info": "Fa@b\x00", "local": "Tu@here\x00Tjoe-v@virt\x00", "remote": "T" + long + "@far\x00"} {
		if b, err := os.ReadFile(q.Path(dir, 7)); string(b) != want {
			t.Errorf("%s: %q %v", dir, b, err)
		}
		if fi, err := os.Stat(q.Path(dir, 7)); err != nil || fi.Mode() != 0o600 {
			t.Errorf("%s: %v", dir, fi.Mode())
		}
	}
}

// A message with two senders is not kept: info holds both, and the first counts.
func TestSorterTwoSenders(t *testing.T) {
	q := testQueue(t)
	os.WriteFile(q.Path("todo", 7), []byte("Fa@b\x00Fc@d\x00Tu@here\x00"), 0o600)
	s := &sorter{queue: q, rules: testConfig().rules, id: 7, keep: true}
	s.run()
	if !s.ok || s.keep || s.log != "new msg 7\ninfo msg 7: bytes 10 from <a@b> qp 0 uid 0\ninfo msg 7: bytes 10 from <c@d> qp 0 uid 0\n" {
		t.Errorf("%v %v %q", s.ok, s.keep, s.log)
	}
	for dir, want := range map[string]string{"info": "Fa@b\x00Fc@d\x00", "local": "Tu@here\x00"} {
		if b, err := os.ReadFile(q.Path(dir, 7)); string(b) != want {
			t.Errorf("%s: %q %v", dir, b, err)
		}
	}
}

// What is created shows how far a message came that cannot be sorted.
func TestSorterUnknown(t *testing.T) {
	q := testQueue(t)
	os.WriteFile(q.Path("todo", 7), []byte("Fa@b\x00Tu@here\x00X\x00"), 0o600)
	s := &sorter{queue: q, rules: testConfig().rules, id: 7}
	s.run()
	local, err := os.ReadFile(q.Path("local", 7))
	info, _ := os.ReadFile(q.Path("info", 7))
	if s.ok || err != nil || len(local) != 0 || string(info) != "Fa@b\x00" {
		t.Errorf("%v %q %v %q", s.ok, local, err, info)
	}
}

func TestSorterTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(q *queue.Queue)
		log   string
	}{
		"gone":        {func(q *queue.Queue) { os.Remove(q.Path("todo", 7)) }, ""},
		"no message":  {func(q *queue.Queue) { os.Remove(q.Path("mess", 7)) }, "warning: unable to stat mess/0/7\n"},
		"info stays":  {func(q *queue.Queue) { os.Mkdir(q.Path("info", 7), 0o700) }, "warning: unable to unlink info/0/7\n"},
		"local stays": {func(q *queue.Queue) { os.Mkdir(q.Path("local", 7), 0o700) }, "warning: unable to unlink local/0/7\n"},
		"no info":     {func(q *queue.Queue) { os.Remove(q.Root + "/info/0") }, "warning: unable to create info/0/7\n"},
		"no local": {func(q *queue.Queue) { os.Remove(q.Root + "/local/0") },
			"new msg 7\ninfo msg 7: bytes 10 from <a@b> qp 999 uid 1000\nwarning: unable to create local/0/7\n"},
		"folder": {func(q *queue.Queue) { os.Remove(q.Path("todo", 7)); os.Mkdir(q.Path("todo", 7), 0o700) },
			"new msg 7\nwarning: trouble reading todo/7\n"},
	} {
		q := testQueue(t)
		os.WriteFile(q.Path("todo", 7), []byte(todoText("a@b", "u@here")), 0o600)
		c.spoil(q)
		s := &sorter{queue: q, rules: testConfig().rules, id: 7}
		if s.run(); s.ok || s.log != c.log {
			t.Errorf("%s: %v %q", name, s.ok, s.log)
		}
	}
}

// Whatever is in todo: it is sorted into files that can be read back, or it
// stays and the log says why.
func FuzzTodo(f *testing.F) {
	for _, s := range []string{"", todoText("a@b", "u@here", "v@virt", "w@far"), "u1\x00Tx\x00", "Fa\nb\x00Fc\x00T\x00", "F\x00X\x00", "p99999999999999999999\x00F%\xff\x00"} {
		f.Add([]byte(s))
	}
	q := testQueue(f)
	f.Fuzz(func(t *testing.T, todo []byte) {
		os.WriteFile(q.Path("todo", 7), todo, 0o600)
		s := &sorter{queue: q, rules: testConfig().rules, id: 7}
		s.run()
		lines := strings.Split(s.log, "\n")
		if lines[0] != "new msg 7" || s.ok == strings.Contains(s.log, "\nwarning: ") {
			t.Fatalf("%v %q", s.ok, s.log)
		}
		for _, line := range lines[1 : len(lines)-1] {
			if !strings.HasPrefix(line, "info msg 7: ") && !strings.HasPrefix(line, "warning: ") {
				t.Fatalf("%q", s.log)
			}
		}
		if !s.ok {
			return
		}
		recipients := 0
		for c := range send.Channels {
			b, err := os.ReadFile(q.Path(c.String(), 7))
			if (err == nil) != s.has[c] || err == nil && (len(b) == 0 || b[len(b)-1] != 0) {
				t.Fatalf("%v: %q %v", c, b, err)
			}
			for record := range bytes.SplitSeq(bytes.TrimSuffix(b, []byte{0}), []byte{0}) {
				if len(record) > 0 && record[0] == 'T' && bytes.IndexByte(record, '@') > 0 {
					recipients++
				}
			}
		}
		whole := todo[:bytes.LastIndexByte(todo, 0)]
		if want := bytes.Count(append([]byte{0}, whole...), []byte("\x00T")); recipients != want {
			t.Fatalf("%d recipients of %d", recipients, want)
		}
	})
}
