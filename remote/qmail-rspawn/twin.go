package main

import (
	"path/filepath"
	"strings"
	"sync"

	"qmailkit/internal/build"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/program"
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
	path, id string // this program's file
	sources  string // "" for a program that stands in for nothing

	mu   sync.Mutex
	seen string // the file that was looked at last
	same bool
}

func newTwin(path string) *twin {
	return &twin{path: path, id: program.ID(path), sources: build.Of(path).Sources}
}

// mayStandIn decides about one delivery. A program that has been replaced, this
// one or the deliverer, shows at once.
func (t *twin) mayStandIn(p *cmd.Proc) bool {
	if _, usual := named(p); t.sources == "" || !usual || program.ID(t.path) != t.id {
		return false
	}
	if n, _, err := control.Dir(p.InHome("control")).Int(apart); n != 0 || err != nil {
		return false
	}
	path := p.InHome("bin", deliverer)
	id := program.ID(path)
	if id == "" || id != found(p) {
		return false
	}
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
func found(p *cmd.Proc) string {
	for _, dir := range filepath.SplitList(p.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			return ""
		}
		if id := program.ID(filepath.Join(dir, deliverer)); id != "" {
			return id
		}
	}
	return ""
}
