package queue

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func made(t *testing.T, split int, more ...string) string {
	root := t.TempDir()
	for i := range split {
		os.MkdirAll(filepath.Join(root, "mess", strconv.Itoa(i)), 0o755)
	}
	for _, d := range more {
		os.MkdirAll(filepath.Join(root, d), 0o755)
	}
	return root
}

func TestOpen(t *testing.T) {
	for _, c := range []struct {
		split     int
		more      string
		splitTodo bool
	}{{23, "mess/lost+found", false}, {1, "todo", false}, {151, "todo/0", true}} {
		q, err := Open(made(t, c.split, c.more))
		if err != nil || q.Split != uint64(c.split) || q.SplitTodo != c.splitTodo {
			t.Errorf("split %d: %+v %v", c.split, q, err)
		}
	}
	if _, err := Open(made(t, 0, "mess")); err != ErrNoSplit {
		t.Errorf("without folders: %v", err)
	}
	if _, err := Open(t.TempDir() + "/none"); !os.IsNotExist(err) {
		t.Errorf("without a queue: %v", err)
	}
}

func TestNames(t *testing.T) {
	flat, big := &Queue{Root: "q", Split: 23}, &Queue{Root: "q", Split: 23, SplitTodo: true}
	for got, want := range map[string]string{
		flat.Path("mess", 53):                    "q/mess/7/53",
		flat.Rel("todo", 53):                     "todo/53",
		big.Rel("todo", 53):                      "todo/7/53",
		big.Rel("intd", 53):                      "intd/7/53",
		big.Rel("bounce", 53):                    "bounce/53",
		flat.Rel("local", 53):                    "local/7/53",
		flat.MessName(53):                        "7/53",
		strings.Join(flat.Dirs("todo"), " "):     "todo",
		strconv.Itoa(len(flat.Dirs("info"))):     "23",
		strings.Join(big.Dirs("todo")[21:], " "): "todo/21 todo/22",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestParseID(t *testing.T) {
	for name, want := range map[string]ID{"1": 1, "0012": 12, "18446744073709551615": 1<<64 - 1} {
		if id, ok := ParseID(name); id != want || !ok {
			t.Errorf("%s: %d %v", name, id, ok)
		}
	}
	for _, name := range []string{"", "x", "1x", "+1", "-1", " 1", "18446744073709551616"} {
		if id, ok := ParseID(name); ok {
			t.Errorf("%q is %d", name, id)
		}
	}
}
