package main

import (
	"path/filepath"
	"strings"
	"sync"

	"qmailkit/internal/build"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/program"
	"qmailkit/internal/stamp"
)

// What qmail-remote is built of: a package of its own, or one of those that
// build.sh --compact makes for many commands.
const (
	remotePackage   = "qmailkit/remote/qmail-remote"
	compactPackages = "qmailkit/compact/"
)

// apart is the control file that has qmail-remote run for each delivery.
const apart = "remoteprocess"

// twin knows whether the deliverer would do what this process can do itself:
// it must be the home's own qmail-remote, of the same sources as this program,
// and nobody may have asked for processes.
type twin struct {
	p        *cmd.Proc
	path, id string // this program's file
	sources  string // "" for a program that stands in for nothing
	answer   stamp.Kept[bool]

	mu   sync.Mutex
	seen string // the file that was looked at last
	same bool
}

func newTwin(p *cmd.Proc, path string) *twin {
	t := &twin{p: p, path: path, id: program.ID(path), sources: build.Of(path).Sources}
	t.answer.Now = p.Now
	t.answer.Make = t.decide
	return t
}

// mayStandIn decides about one delivery. A program that has been replaced, this
// one or the deliverer, shows at once.
func (t *twin) mayStandIn() bool {
	if _, usual := named(t.p); t.sources == "" || !usual {
		return false
	}
	yes, err := t.answer.Get()
	return yes && err == nil
}

// decide makes the answer that holds while the files are as they are.
func (t *twin) decide(seen *stamp.Seen) (bool, error) {
	seen.File(t.path)
	if program.ID(t.path) != t.id {
		return false, nil
	}
	controls := t.p.InHome("control")
	seen.Entry(controls, apart)
	if n, _, err := control.Dir(controls).Int(apart); n != 0 || err != nil {
		return false, err
	}
	path := t.p.InHome("bin", deliverer)
	seen.File(path)
	id := program.ID(path)
	if id == "" || id != found(t.p, seen) {
		return false, nil
	}
	return t.isTwin(path, id), nil
}

// isTwin tells whether the file at path is the home's own qmail-remote, of this
// program's sources.
func (t *twin) isTwin(path, id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if id != t.seen {
		info := build.Of(path)
		ours := info.Package == remotePackage || strings.HasPrefix(info.Package, compactPackages)
		t.seen, t.same = id, ours && info.Sources == t.sources
	}
	return t.same
}

// found is the ID of the deliverer that PATH leads to.
func found(p *cmd.Proc, seen *stamp.Seen) string {
	for _, dir := range filepath.SplitList(p.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			return ""
		}
		path := filepath.Join(dir, deliverer)
		seen.File(path)
		if id := program.ID(path); id != "" {
			return id
		}
	}
	return ""
}
