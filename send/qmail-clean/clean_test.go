package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/deptest"
	"qmailkit/internal/queue"
)

func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context errors io io/fs iter math/bits os os/signal path path/filepath slices strconv strings
		encoding/binary golang.org/x/sys/unix math reflect sort sync sync/atomic syscall time unicode unicode/utf8
		qmailkit/internal/cmd qmailkit/internal/date822 qmailkit/internal/durable qmailkit/internal/errstr
		qmailkit/internal/home qmailkit/internal/plain qmailkit/internal/queue qmailkit/internal/sys`)
}

// home makes a queue of three parts with files of the messages 1 and 7.
func home(t *testing.T, splitTodo bool) string {
	t.Helper()
	dir := t.TempDir()
	files := map[string]string{"queue/pid/": "", "queue/mess/0/": "", "queue/mess/2/": ""}
	for _, name := range []string{"mess/1/7", "mess/1/1", "info/1/7"} {
		files["queue/"+name] = "x"
	}
	for _, folder := range []string{"intd", "todo"} {
		part := "queue/" + folder + "/"
		if splitTodo {
			files[part+"0/"], files[part+"2/"] = "", ""
			part += "1/"
		}
		files[part+"7"], files[part+"1"] = "x", "x"
	}
	clitest.Files(t, dir, files)
	return dir
}

// gone lists the files of message 7, and those of message 1 with a bang, that
// are no longer there.
func gone(home string, splitTodo bool) string {
	part := ""
	if splitTodo {
		part = "1/"
	}
	var list []string
	for _, name := range []string{"mess/1/", "intd/" + part, "todo/" + part, "info/1/"} {
		if _, err := os.Stat(filepath.Join(home, "queue", name+"7")); err != nil {
			list = append(list, name[:4])
		}
		if _, err := os.Stat(filepath.Join(home, "queue", name+"1")); err != nil && name != "info/1/" {
			list = append(list, name[:4]+"!")
		}
	}
	return strings.Join(list, " ")
}

func TestRun(t *testing.T) {
	for _, c := range []struct{ in, out, gone string }{
		{"", "", ""},
		{"foop/7\x00", "+", "mess intd"},
		{"todo/7\x00", "+", "intd todo"},
		{"foop/7\x00todo/7\x00", "++", "mess intd todo"},
		{"foop/0007\x00", "+", "mess intd"},
		{"foop/" + strings.Repeat("0", 93) + "7\x00", "+", "mess intd"},
		{"foop/" + strings.Repeat("0", 94) + "7\x00", "x", ""},
		{strings.Repeat("foop/7", 1000) + "\x00todo/7\x00", "x+", "intd todo"},
		{"foop/8\x00", "+", ""},
		{"foop/7", "", ""},
		{"foop/\x00", "x", ""},
		{"\x00\x00", "xx", ""},
		// Refused as a whole, and once.
		{"foop/7x\x00", "x", ""},
		{"foop/7.1\x00", "x", ""},
		{"foop/-7\x00", "x", ""},
		{"foop/ 7\x00", "x", ""},
		{"foop/7/\x00", "x", ""},
		{"foop/18446744073709551623\x00", "x", ""}, // 2^64 + 7
		{"todox7\x00", "x", ""},
		{"todo7/7\x00", "x", ""},
		{"Todo/7\x00", "x", ""},
		{"mess/7\x00", "x", ""},
		{"foop/../7\x00", "x", ""},
	} {
		for _, splitTodo := range []bool{false, true} {
			dir := home(t, splitTodo)
			r := clitest.Run(t, "qmail-clean", Run, clitest.World{Home: dir, Input: c.in})
			if r.Code != 0 || r.Stdout != c.out || r.Stderr != "" || gone(dir, splitTodo) != c.gone {
				t.Errorf("%.40q: %+v, gone %q", c.in, r, gone(dir, splitTodo))
			}
		}
	}
}

// A queue with a split todo has requests of both kinds.
func TestParts(t *testing.T) {
	for in, want := range map[string]string{"todo/1/7": "+ intd todo", "todo/2/7": "x ", "todo/1/7/": "x ", "foop/1/7": "x ", "todo//7": "x "} {
		dir := home(t, true)
		r := clitest.Run(t, "qmail-clean", Run, clitest.World{Home: dir, Input: in + "\x00"})
		if got := r.Stdout + " " + gone(dir, true); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
	dir := home(t, false)
	if r := clitest.Run(t, "qmail-clean", Run, clitest.World{Home: dir, Input: "todo/1/7\x00"}); r.Stdout != "x" {
		t.Errorf("todo is not split: %+v", r)
	}
}

func TestTrouble(t *testing.T) {
	dir := home(t, false)
	os.Remove(dir + "/queue/intd/7")
	clitest.Files(t, dir, map[string]string{"queue/intd/7/": ""})
	r := clitest.Run(t, "qmail-clean", Run, clitest.World{Home: dir, Input: "foop/7\x00todo/7\x00foop/1\x00"})
	if r.Stdout != "!!+" || gone(dir, false) != "mess! intd!" {
		t.Errorf("%+v, gone %q", r, gone(dir, false))
	}
}

func TestNoQueue(t *testing.T) {
	dir := t.TempDir()
	if r := clitest.Run(t, "qmail-clean", Run, clitest.World{Home: dir + "/none"}); r.Code != 111 {
		t.Errorf("%+v", r)
	}
	if r := clitest.Run(t, "qmail-clean", Run, clitest.World{Home: dir}); r.Code != 111 {
		t.Errorf("%+v", r)
	}
	clitest.Files(t, dir, map[string]string{"queue/": ""})
	if r := clitest.Run(t, "qmail-clean", Run, clitest.World{Home: dir}); r.Code != 111 || r.Stderr == "" {
		t.Errorf("%+v", r)
	}
}

func TestBrokenPipes(t *testing.T) {
	dir := home(t, false)
	unwritable := clitest.Open(t, os.DevNull)
	r := clitest.Run(t, "qmail-clean", Run, clitest.World{Home: dir, Input: "foop/7\x00", Stdout: unwritable})
	if r.Code != exitMute {
		t.Errorf("%+v", r)
	}
	clitest.Unreadable(t, "qmail-clean", Run, clitest.World{Home: dir})
}

func TestSweep(t *testing.T) {
	dir := home(t, false)
	now := time.Unix(1000000000, 0)
	for name, age := range map[string]time.Duration{"old": ossified, "older": 2 * ossified, "young": ossified - time.Second, "new": -time.Hour} {
		path := filepath.Join(dir, "queue/pid", name)
		clitest.Files(t, dir, map[string]string{"queue/pid/" + name: "x"})
		if err := os.Chtimes(path, now.Add(-age), now); err != nil {
			t.Fatal(err)
		}
	}
	left := func() string {
		names, _ := filepath.Glob(dir + "/queue/pid/*")
		return strings.ReplaceAll(strings.Join(names, " "), dir+"/queue/pid/", "")
	}
	clitest.Run(t, "qmail-clean", Run, clitest.World{Home: dir, Now: now})
	if left() != "new young" {
		t.Errorf("left %s", left())
	}
	// Time goes by while it runs: it looks again at the 31st request.
	for _, c := range []struct {
		requests int
		left     string
	}{{sweepEvery - 1, "new young"}, {sweepEvery, ""}} {
		p, _ := clitest.Proc(t, "qmail-clean", clitest.World{Home: dir, Input: strings.Repeat("foop/1\x00", c.requests)})
		first := true
		p.Now = func() time.Time {
			if first {
				first = false
				return now
			}
			return now.Add(100 * time.Hour)
		}
		if err := Run(p); err != nil || left() != c.left {
			t.Errorf("%d requests: %v, left %q", c.requests, err, left())
		}
	}
}

func FuzzRequests(f *testing.F) {
	for _, seed := range []string{"foop/7\x00todo/1\x00", "foop/7x\x00", "\x00", "todo100\x00foop/18446744073709551616\x00", strings.Repeat("9", 300) + "\x00foop/1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		requests := strings.Split(string(in), "\x00")
		r := bufio.NewReaderSize(iotest.HalfReader(strings.NewReader(string(in))), maxFrame)
		for _, request := range requests[:len(requests)-1] {
			frame, err := readFrame(r)
			if err != nil {
				t.Fatalf("%q: %v", request, err)
			}
			folders, id, ok := parse(&queue.Queue{Split: 3}, frame)
			if !ok {
				continue
			}
			if word := request[:5]; word != "foop/" && word != "todo/" || len(folders) != 2 || strings.TrimLeft(request[5:], "0") != strings.TrimPrefix(id.String(), "0") {
				t.Errorf("%q is about %q of %v", request, folders, id)
			}
		}
		if _, err := readFrame(r); err == nil {
			t.Error("more requests than NULs")
		}
	})
}
