// Package rcpthosts answers whether a server takes mail for a recipient:
// control/rcpthosts and control/morercpthosts.cdb, qmail-smtpd(8).
package rcpthosts

import (
	"errors"
	"io/fs"
	"strings"

	"qmailkit/internal/cdb"
	"qmailkit/internal/control"
)

// Hosts is the domains that mail is taken for.
type Hosts struct {
	all  bool // there is no control/rcpthosts
	here control.Map
	more *cdb.Reader // nil where there is no control/morercpthosts.cdb
}

// Open reads control/rcpthosts and opens control/morercpthosts.cdb, which
// counts only where the former exists.
func Open(dir control.Dir) (*Hosts, error) {
	lines, ok, err := dir.Lines("rcpthosts")
	if err != nil {
		return nil, err
	}
	if !ok {
		return &Hosts{all: true}, nil
	}
	more, err := cdb.Open(string(dir) + "/morercpthosts.cdb")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return &Hosts{here: control.NewSet(lines), more: more}, nil
}

// Accepts tells whether mail for recipient is taken: its domain is listed, or
// an ending of it from a dot on. An address without a domain is taken, as
// control/envnoathost completes it.
func (h *Hosts) Accepts(recipient string) (bool, error) {
	at := strings.LastIndexByte(recipient, '@')
	if h.all || at < 0 {
		return true, nil
	}
	for key := range endings(recipient[at+1:]) {
		if h.here.Has(key) {
			return true, nil
		}
	}
	if h.more == nil {
		return false, nil
	}
	for key := range endings(control.Fold(recipient[at+1:])) {
		if _, ok, err := h.more.Find([]byte(key)); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// Close gives the database back.
func (h *Hosts) Close() error {
	if h.more == nil {
		return nil
	}
	return h.more.Close()
}

// endings yields "a.b.c", ".b.c", ".c".
func endings(domain string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for i := range len(domain) {
			if (i == 0 || domain[i] == '.') && !yield(domain[i:]) {
				return
			}
		}
	}
}
