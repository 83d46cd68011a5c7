// Package queue names the files of a qmail queue. INTERNALS.md tells what they
// hold, who may touch them, and in which order.
package queue

import (
	"errors"
	"os"
	"strconv"

	"qmailkit/internal/plain"
)

// Queue is a queue folder and the way it is laid out.
type Queue struct {
	Root string // "/var/qmail/queue"; "." for a program that has gone there

	// Split is how many folders mess, info, local and remote have each; a
	// message lives in the one of its id modulo Split (conf-split).
	Split uint64

	// SplitTodo tells that todo and intd are split likewise, as the big-todo
	// patch has them.
	SplitTodo bool

	// Spares, if any, are the files that small envelopes go into. They are one
	// process's.
	Spares *Spares
}

// ErrNoSplit is a queue whose mess folder does not hold 0, 1, 2 ...
var ErrNoSplit = errors.New("queue/mess holds no folder 0")

// Open finds out how the queue in root is laid out. It needs to read the
// folder mess, as qmailq and the group qmail can.
func Open(root string) (*Queue, error) {
	q := &Queue{Root: root}
	dir, err := plain.Open(root + "/mess")
	if err != nil {
		return nil, err
	}
	names, err := dir.Readdirnames(-1)
	dir.Close()
	if err != nil {
		return nil, err
	}
	if q.Split = contiguous(names); q.Split == 0 {
		return nil, ErrNoSplit
	}
	st, err := os.Lstat(root + "/todo/0")
	q.SplitTodo = err == nil && st.IsDir()
	return q, nil
}

// contiguous counts how far the numbers 0, 1, 2 ... go among names.
func contiguous(names []string) uint64 {
	have := make([]bool, len(names)+1)
	for _, name := range names {
		id, ok := ParseID(name)
		if ok && uint64(id) < uint64(len(names)) && (name[0] != '0' || name == "0") {
			have[id] = true
		}
	}
	n := uint64(0)
	for have[n] {
		n++
	}
	return n
}

// ID is a message's number: the inode of its file in mess.
type ID uint64

func (id ID) String() string { return strconv.FormatUint(uint64(id), 10) }

// ParseID reads a file name that is nothing but a number.
func ParseID(name string) (ID, bool) {
	if name == "" || name[0]-'0' > 9 {
		return 0, false
	}
	n, err := strconv.ParseUint(name, 10, 64)
	return ID(n), err == nil
}

// dir returns the folder, relative to Root, that a message's file in the
// folder dir stands in: "mess/7", "bounce".
func (q *Queue) dir(dir string, id ID) string {
	switch dir {
	case "mess", "info", "local", "remote":
	case "todo", "intd":
		if !q.SplitTodo {
			return dir
		}
	default:
		return dir
	}
	return dir + "/" + strconv.FormatUint(uint64(id)%q.Split, 10)
}

// Rel returns a message's file in the folder dir ("mess", "info", "todo", ...)
// relative to Root, as it stands in log lines and requests to qmail-clean:
// "mess/7/30", "bounce/30".
func (q *Queue) Rel(dir string, id ID) string { return q.dir(dir, id) + "/" + id.String() }

// Path is Rel below Root.
func (q *Queue) Path(dir string, id ID) string { return q.Root + "/" + q.Rel(dir, id) }

// MessName is how the spawners are told of a message: "7/30".
func (q *Queue) MessName(id ID) string {
	return strconv.FormatUint(uint64(id)%q.Split, 10) + "/" + id.String()
}

// Dirs returns the folders, relative to Root, that hold the files of dir:
// "info/0", "info/1" ... or "todo".
func (q *Queue) Dirs(dir string) []string {
	switch dir {
	case "todo", "intd":
		if !q.SplitTodo {
			return []string{dir}
		}
	case "mess", "info", "local", "remote":
	default:
		return []string{dir}
	}
	dirs := make([]string, q.Split)
	for i := range dirs {
		dirs[i] = dir + "/" + strconv.Itoa(i)
	}
	return dirs
}

// Enter tells whether this process may go into the folder dir, as chdir(2)
// would.
func Enter(dir string) error {
	_, err := os.Stat(dir + "/.")
	return err
}
