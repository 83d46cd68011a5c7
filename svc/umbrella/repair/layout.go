package repair

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"

	"qmailkit/internal/queue"
)

// folder is how a folder of the queue should be.
type folder struct {
	name  string
	owner func(Owners) int
	mode  fs.FileMode
	split bool // has folders 0, 1, 2 ... of the same kind
}

func byQueue(o Owners) int { return o.Queue }
func bySend(o Owners) int  { return o.Send }

// folders are what build.sh makes, and qmail's own installer.
var folders = [...]folder{
	{"", byQueue, 0o750, false}, {"pid", byQueue, 0o700, false}, {"intd", byQueue, 0o700, false}, {"todo", byQueue, 0o750, false},
	{"bounce", bySend, 0o700, false}, {"mess", byQueue, 0o750, true}, {"info", bySend, 0o700, true}, {"local", bySend, 0o700, true},
	{"remote", bySend, 0o700, true}, {"lock", byQueue, 0o750, false},
}

// lookout is a survey under way.
type lookout struct {
	root     string
	opts     Options
	plan     *Plan
	q        *queue.Queue // as it is going to be
	have     int          // parts of mess and others that there are now
	haveTodo int          // parts of todo and intd

	files []*file
}

// Survey looks at the queue in root and changes nothing.
func Survey(root string, opts Options) (*Plan, error) {
	l := &lookout{root: root, opts: opts, plan: &Plan{root: root}, q: &queue.Queue{Root: root}}
	for _, do := range []func() error{l.layout, l.lockFiles, l.scan} {
		if err := do(); err != nil {
			return nil, err
		}
	}
	groups := l.groups()
	kept := make([]*group, 0, len(groups))
	for _, g := range groups {
		if err := l.judge(g); err != nil {
			return nil, err
		}
		if !g.gone {
			kept = append(kept, g)
		}
	}
	l.place(kept)
	l.surplus()
	return l.plan, nil
}

// layout finds out how the queue is split, and plans the folders.
func (l *lookout) layout() error {
	parts, err := l.numbered("mess", "info", "local", "remote")
	if err != nil {
		return err
	}
	l.have = width(parts)
	split := l.opts.Split
	if split == 0 {
		split = l.have
	}
	if split == 0 {
		return errors.New("there is no folder of messages, and nothing tells how many there should be: use --split")
	}
	l.q.Split = uint64(split)
	if parts, err = l.numbered("todo", "intd"); err != nil {
		return err
	}
	l.haveTodo = width(parts)
	l.q.SplitTodo = l.opts.Todo == "split" || l.opts.Todo == "" && l.haveTodo > 0
	for _, f := range folders {
		if err := l.folder(f, f.name); err != nil {
			return err
		}
		parted := f.split || (f.name == "todo" || f.name == "intd") && l.q.SplitTodo
		for i := 0; parted && i < split; i++ {
			if err := l.folder(f, f.name+"/"+strconv.Itoa(i)); err != nil {
				return err
			}
		}
	}
	return nil
}

// numbered returns the numbers, in order, that are folders in one of those.
func (l *lookout) numbered(names ...string) ([]uint64, error) {
	var found []uint64
	for _, name := range names {
		entries, err := os.ReadDir(filepath.Join(l.root, name))
		if err != nil && !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return nil, err
		}
		for _, e := range entries {
			if id, ok := queue.ParseID(e.Name()); ok && e.IsDir() && id.String() == e.Name() {
				found = append(found, uint64(id))
			}
		}
	}
	slices.Sort(found)
	return slices.Compact(found), nil
}

// width is how many parts there seem to be: some of the numbers may be
// missing, and others may be there by mistake.
func width(numbers []uint64) (n int) {
	for i, number := range numbers {
		if number < 2*uint64(i+1) {
			n = int(number) + 1
		}
	}
	return n
}

// folder plans a folder that is not there, or not as it should be.
func (l *lookout) folder(f folder, rel string) error {
	owner := f.owner(l.opts.Owner)
	fi, err := os.Lstat(filepath.Join(l.root, rel))
	link := err == nil && fi.Mode()&fs.ModeSymlink != 0
	if link { // a queue may be spread by links
		fi, err = os.Stat(filepath.Join(l.root, rel))
	}
	switch {
	case errors.Is(err, fs.ErrNotExist) && !link:
		l.plan.find(Finding{Path: rel, What: "a folder is missing", Remedy: "made"})
	case err != nil:
		return err
	case !fi.IsDir():
		l.plan.find(Finding{Path: rel, What: "this is no folder", Remedy: "moved to " + Aside + ", and a folder made"})
		l.plan.step(func(h *hand) error { return h.aside(rel) })
	default:
		l.owned(rel, fi, owner, l.opts.Owner.Group, f.mode, "a folder")
		return nil
	}
	l.plan.step(func(h *hand) error {
		if err := os.Mkdir(h.path(rel), 0o700); err != nil {
			return err
		}
		h.touched[filepath.Dir(h.path(rel))] = true
		return own(h.path(rel), owner, l.opts.Owner.Group, f.mode)
	})
	return nil
}

// owned plans another owner or mode for what is there. Group -1 is any.
func (l *lookout) owned(rel string, fi fs.FileInfo, owner, group int, mode fs.FileMode, noun string) {
	st := fi.Sys().(*syscall.Stat_t)
	rightOwner := int(st.Uid) == owner && (group < 0 || int(st.Gid) == group)
	if rightOwner && fi.Mode().Perm() == mode {
		return
	}
	what := noun + " has another owner"
	if rightOwner {
		what = noun + " has another mode"
	}
	l.plan.find(Finding{Path: rel, What: what, Remedy: fmt.Sprintf("uid %d, mode %04o", owner, mode)})
	l.plan.step(func(h *hand) error { return own(h.path(rel), owner, group, mode) })
}

// tcptoSize is what lock/tcpto has at least (qmail-tcpto(8)).
const tcptoSize = 1024

// lockFiles plans the three files in lock.
func (l *lookout) lockFiles() error {
	o := l.opts.Owner
	for _, f := range []struct {
		name  string
		kind  fs.FileMode
		size  int64
		owner int
		mode  fs.FileMode
	}{
		{"lock/sendmutex", 0, 0, o.Send, 0o600}, {"lock/tcpto", 0, tcptoSize, o.Remote, 0o644}, {"lock/trigger", fs.ModeNamedPipe, 0, o.Send, 0o622},
	} {
		fi, err := os.Lstat(filepath.Join(l.root, f.name))
		switch {
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
			l.plan.find(Finding{Path: f.name, What: "a file of lock is missing", Remedy: "made"})
		case err != nil:
			return err
		case fi.Mode().Type() != f.kind || fi.Size() < f.size:
			l.plan.find(Finding{Path: f.name, What: "a file of lock is not what it should be", Remedy: "moved to " + Aside + ", and made"})
			l.plan.step(func(h *hand) error { return h.aside(f.name) })
		default:
			l.owned(f.name, fi, f.owner, o.Group, f.mode, "a file of lock")
			continue
		}
		l.plan.step(func(h *hand) error {
			if f.kind == 0 {
				return h.write(f.name, make([]byte, f.size), f.mode, f.owner, o.Group)
			}
			if err := syscall.Mkfifo(h.path(f.name), 0o600); err != nil {
				return err
			}
			return own(h.path(f.name), f.owner, o.Group, f.mode)
		})
	}
	return nil
}

// surplus plans the end of folders that the split no longer has. All that was
// in them has been moved.
func (l *lookout) surplus() {
	for _, f := range folders {
		from, to := int(l.q.Split), l.have
		if f.name == "todo" || f.name == "intd" {
			to = l.haveTodo
			if !l.q.SplitTodo {
				from = 0
			}
		} else if !f.split {
			continue
		}
		for i := from; i < to; i++ {
			rel := f.name + "/" + strconv.Itoa(i)
			if fi, err := os.Lstat(filepath.Join(l.root, rel)); err != nil || !fi.IsDir() {
				continue
			}
			l.plan.find(Finding{Path: rel, What: "a folder too many", Remedy: "removed, once it is empty"})
			l.plan.step(func(h *hand) error {
				h.touched[filepath.Dir(h.path(rel))] = true
				return os.Remove(h.path(rel))
			})
		}
	}
}
