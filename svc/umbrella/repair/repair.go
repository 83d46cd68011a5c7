// Package repair finds what is wrong with a queue that was copied, laid out
// anew or damaged, and mends it so that qmail-send delivers every message that
// is still whole. What it cannot explain it moves to the folder "unexplained"
// of the queue, which no program of qmail looks at, and never deletes.
//
// The work is safe to cut short anywhere and to begin again: each message's
// files stay together by name, also while they get another one (tag.go), and
// what goes aside goes in an order that leaves nothing for qmail-send to do
// harm with.
package repair

import (
	"os"
	"path/filepath"
	"strconv"
	"time"

	"qmailkit/internal/durable"
	"qmailkit/internal/queue"
)

// Aside is the folder of the queue that unexplained files are moved to, under
// the names that they had.
const Aside = "unexplained"

// Options say how the queue is wanted.
type Options struct {
	Split int       // folders of mess and others; 0 is as many as there are
	Todo  string    // "split" (big-todo), "flat", or "" as it is
	Owner Owners    // whose the files are
	Now   time.Time // the clock
}

// Owners are the uids and the gid of a queue.
type Owners struct{ Queue, Send, Remote, Group int }

// Finding is something that is wrong.
type Finding struct {
	Path       string   // below the queue: "mess/7/53"
	ID         queue.ID // of the message, 0 for none
	What       string   // what is wrong, the same words for the same thing
	Remedy     string   // what is done about it
	Lost       bool     // mail is not delivered, or not to all
	Sender     string   // of a message that is lost, as far as known
	Recipients []string // who does not get it, as far as known
}

// Plan is what is wrong with a queue, and how to mend it.
type Plan struct {
	Findings []Finding
	Whole    int // messages that are to be delivered

	root  string
	steps []func(*hand) error
}

// Steps is how many steps mending takes.
func (p *Plan) Steps() int { return len(p.steps) }

// Apply mends the queue. No qmail-send may run meanwhile; did is called after
// each step.
func (p *Plan) Apply(did func()) error {
	h := &hand{root: p.root, touched: make(map[string]bool)}
	for _, step := range p.steps {
		if err := step(h); err != nil {
			return err
		}
		did()
	}
	for dir := range h.touched {
		if err := durable.SyncDir(dir); err != nil && !os.IsNotExist(err) {
			return err
		}
	}
	return nil
}

func (p *Plan) find(f Finding) { p.Findings = append(p.Findings, f) }

func (p *Plan) step(do func(*hand) error) { p.steps = append(p.steps, do) }

// hand does the steps.
type hand struct {
	root    string
	touched map[string]bool // folders whose names have changed
}

func (h *hand) path(rel string) string { return filepath.Join(h.root, rel) }

// rename gives a file another name. It never replaces one.
func (h *hand) rename(from, to string) error {
	from, to = h.path(from), h.path(to)
	if _, err := os.Lstat(to); !os.IsNotExist(err) {
		return &os.LinkError{Op: "rename", Old: from, New: to, Err: os.ErrExist}
	}
	h.touched[filepath.Dir(from)], h.touched[filepath.Dir(to)] = true, true
	return os.Rename(from, to)
}

// aside moves a file or folder away.
func (h *hand) aside(rel string) error {
	to, err := h.free(rel)
	if err != nil {
		return err
	}
	return h.rename(rel, to)
}

// copyAside gives a file a second name there.
func (h *hand) copyAside(rel string) error {
	to, err := h.free(rel)
	if err != nil {
		return err
	}
	h.touched[filepath.Dir(h.path(to))] = true
	return os.Link(h.path(rel), h.path(to))
}

// free returns a name in Aside that nothing has, and makes its folder.
func (h *hand) free(rel string) (string, error) {
	to := filepath.Join(Aside, rel)
	if err := os.MkdirAll(h.path(filepath.Dir(to)), 0o700); err != nil {
		return "", err
	}
	h.touched[h.root] = true
	name := to
	for n := 1; ; n++ {
		if _, err := os.Lstat(h.path(name)); os.IsNotExist(err) {
			return name, nil
		}
		name = to + "." + strconv.Itoa(n)
	}
}

// write makes a file that is not there.
func (h *hand) write(rel string, data []byte, mode os.FileMode, owner, group int) error {
	f, err := os.OpenFile(h.path(rel), os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = own(h.path(rel), owner, group, mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	h.touched[filepath.Dir(h.path(rel))] = true
	return err
}

// own sets owner and mode, the owner only where root does it. Group -1 stays.
func own(path string, owner, group int, mode os.FileMode) error {
	if os.Geteuid() == 0 {
		if err := os.Lchown(path, owner, group); err != nil {
			return err
		}
	}
	return os.Chmod(path, mode)
}
