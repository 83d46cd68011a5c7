package migrate

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"qmailkit/internal/durable"
)

// The folder of the home that the way back is kept in, and what is in it.
const (
	folder      = "migrate"
	journalFile = "journal"
	oldFolder   = "old" // the programs that ours have taken the place of, by name
)

// temporary is what a program is called in bin until it is complete.
func temporary(bin, name string) string { return filepath.Join(bin, "."+name+".migrate") }

// What a line of the journal is about.
const (
	opSwitch = "switch" // bin/NAME is going to be the file of that mark; the old one is in old/NAME
	opAdd    = "add"    // the same, and there was none before
	opWrite  = "write"  // the same for control/NAME, and there was none before
)

// entry is a line: "switch qmail-queue 4711 1763841234000000000".
type entry struct {
	op, name string
	mark     mark
}

// mark tells a file from every other that has or had its name: its inode, and
// the time of its last change in nanoseconds, for inodes are used again.
// Renaming, linking and another owner or mode leave both alone.
type mark struct {
	inode uint64
	time  int64
}

// journal is what has been, or was about to be, done. A line is on disk before
// what it is about is done, so that whatever ends the program, what is there is
// known.
type journal struct {
	dir     string // HOME/migrate
	entries []entry
	file    *os.File // open while lines are added
}

var errJournal = errors.New("there is something in it that has not been written by qmail migrate")

// readJournal reads the journal in dir; nil is a home without one.
func readJournal(dir string) (*journal, error) {
	path := filepath.Join(dir, journalFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	j := &journal{dir: dir}
	lines := strings.SplitAfter(string(data), "\n")
	for n, line := range lines {
		if !strings.HasSuffix(line, "\n") {
			break // a line that was being written: nothing of it has been done
		}
		words := strings.Fields(line)
		if len(words) != 4 || words[1] != filepath.Base(words[1]) || words[1] == ".." || words[1] == "." {
			return nil, fmt.Errorf("%s:%d: %w", path, n+1, errJournal)
		}
		inode, err := strconv.ParseUint(words[2], 10, 64)
		time, terr := strconv.ParseInt(words[3], 10, 64)
		if err != nil || terr != nil || words[0] != opSwitch && words[0] != opAdd && words[0] != opWrite {
			return nil, fmt.Errorf("%s:%d: %w", path, n+1, errJournal)
		}
		j.entries = append(j.entries, entry{words[0], words[1], mark{inode, time}})
	}
	return j, nil
}

// openJournal makes the folder, or goes on with the journal that is there.
func openJournal(home, dir string) (*journal, error) {
	for _, d := range []string{dir, filepath.Join(dir, oldFolder)} {
		if err := os.Mkdir(d, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	j, err := readJournal(dir)
	if err != nil {
		return nil, err
	}
	if j == nil {
		j = &journal{dir: dir}
	}
	whole := ""
	for _, e := range j.entries {
		whole += e.line()
	}
	// What is left of a line that was cut goes.
	if err := durable.Replace(filepath.Join(dir, journalFile), filepath.Join(dir, journalFile+".new"), []byte(whole), 0o600); err != nil {
		return nil, err
	}
	if j.file, err = os.OpenFile(filepath.Join(dir, journalFile), os.O_WRONLY|os.O_APPEND, 0); err != nil {
		return nil, err
	}
	return j, durable.SyncDir(home)
}

func (e entry) line() string {
	return fmt.Sprintf("%s %s %d %d\n", e.op, e.name, e.mark.inode, e.mark.time)
}

// note writes down what is about to be done.
func (j *journal) note(e entry) error {
	if _, err := j.file.WriteString(e.line()); err != nil {
		return err
	}
	j.entries = append(j.entries, e)
	return j.file.Sync()
}

// last returns the latest entry of each name.
func (j *journal) last() (list []entry) {
	index := map[string]int{}
	for _, e := range j.entries {
		key := e.op + " " + e.name
		if i, ok := index[key]; ok {
			list[i] = e
			continue
		}
		index[key] = len(list)
		list = append(list, e)
	}
	return list
}

// placed tells whether what is called path is the file that the journal says
// has been put there.
func (j *journal) placed(op, name, path string) bool {
	for _, e := range j.last() {
		if e.op == op && e.name == name {
			now, ok := markOf(path)
			return ok && now == e.mark
		}
	}
	return false
}

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	return j.file.Close()
}

// markOf returns the mark of what is called path, not of what that leads to.
func markOf(path string) (mark, bool) {
	fi, err := os.Lstat(path)
	if err != nil {
		return mark{}, false
	}
	return mark{uint64(fi.Sys().(*syscall.Stat_t).Ino), fi.ModTime().UnixNano()}, true
}
