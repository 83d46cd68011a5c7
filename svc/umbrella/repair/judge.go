package repair

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"time"

	"qmailkit/send/waiting"
)

// What can be wrong with a message as a whole.
const (
	noText       = "the message's text is missing"
	emptyText    = "the message's text is lost"
	noEnvelope   = "a text without an envelope"
	badEnvelope  = "the message's envelope is damaged"
	noSender     = "the message's sender is lost"
	noRecipients = "no recipient is left: all are done, or they are lost"
)

// ossified is the age at which qmail-send takes a text without an envelope for
// left over, and removes it. No qmail-queue runs that long.
const ossified = 36 * time.Hour

// judge decides what becomes of a message, by the states of INTERNALS.md.
func (l *lookout) judge(g *group) error {
	for _, f := range g.spare {
		l.away(f.rel(), g.id, "a second file of the same name")
	}
	if !g.text {
		return l.lost(g, noText)
	}
	fi := g.files["mess"]
	blank, err := l.blank(fi)
	if err != nil {
		return err
	}
	switch {
	case g.files["todo"] == nil && g.files["info"] == nil:
		return l.strange(g)
	case blank:
		return l.lost(g, emptyText)
	case g.files["todo"] != nil:
		return l.unsorted(g)
	}
	return l.sorted(g)
}

// blank tells whether a text holds nothing. There is at least qmail-queue's
// own field in each; a file system that lost the data has no bytes, or NULs.
func (l *lookout) blank(f *file) (bool, error) {
	in, err := os.Open(filepath.Join(l.root, f.rel()))
	if err != nil {
		return false, err
	}
	defer in.Close()
	buf := make([]byte, 512)
	n, err := io.ReadFull(in, buf)
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, err
	}
	return len(bytes.Trim(buf[:n], "\x00")) == 0, nil
}

// strange is a message that qmail-send does not know of. A young one that has
// its right name may be one that qmail-queue is at.
func (l *lookout) strange(g *group) error {
	text := g.files["mess"]
	alone := g.files["local"] == nil && g.files["remote"] == nil && g.files["bounce"] == nil
	if alone && !text.tagged() && !text.renamed() && l.opts.Now.Sub(text.info.ModTime()) < ossified {
		return nil
	}
	if alone {
		return l.lost(g, noEnvelope)
	}
	return l.lost(g, noSender)
}

// unsorted is a message in todo. What is sorted of it does not count.
func (l *lookout) unsorted(g *group) error {
	if f := g.files["bounce"]; f != nil {
		l.away(f.rel(), g.id, "a report to the sender that is another message's")
		delete(g.files, "bounce")
	}
	if hidden(g.files["todo"]) {
		l.plan.Whole++
		return nil
	}
	todo, err := l.read(g.files["todo"])
	if err != nil {
		return err
	}
	if parseEnvelope(todo).ok {
		l.plan.Whole++
		return nil
	}
	// The second name of the envelope is a file of its own after a copy.
	if f := g.files["intd"]; f != nil && f.inode() != g.files["todo"].inode() {
		intd, err := l.read(f)
		if err != nil {
			return err
		}
		if parseEnvelope(intd).ok {
			l.edit(g, "todo", intd, "taken from intd; the damaged one is moved to "+Aside)
			l.plan.Whole++
			return nil
		}
	}
	return l.lost(g, badEnvelope)
}

// sorted is a message that qmail-send has sorted.
func (l *lookout) sorted(g *group) error {
	info, err := l.read(g.files["info"])
	if err != nil {
		return err
	}
	if _, ok := parseInfo(info); !ok {
		return l.lost(g, noSender)
	}
	var mended []func()
	left, cut, lost := 0, 0, false
	for _, kind := range []string{"local", "remote"} {
		f := g.files[kind]
		if f == nil {
			continue
		}
		if hidden(f) {
			left++
			continue
		}
		data, err := l.read(f)
		if err != nil {
			return err
		}
		list := parseRecipients(data)
		lost = lost || list.lost
		switch {
		case list.whole:
			left++
		case len(list.good) == 0:
			cut++
			mended = append(mended, func() { l.drop(g, kind, list) })
		default:
			left++
			cut++
			mended = append(mended, func() { l.cut(g, kind, list) })
		}
	}
	if left == 0 && (g.files["bounce"] == nil || cut > 0) {
		return l.lost(g, noRecipients)
	}
	for _, mend := range mended {
		mend()
	}
	if !lost {
		l.plan.Whole++
	}
	return nil
}

// edit plans that a file gets another content, and that the old one goes aside.
func (l *lookout) edit(g *group, kind string, data []byte, remedy string) {
	f := g.files[kind]
	l.plan.find(Finding{Path: f.rel(), ID: g.id, What: badEnvelope, Remedy: remedy})
	l.replace(f, data)
}

// replace leaves either the old file or the new one under its name.
func (l *lookout) replace(f *file, data []byte) {
	owner, mode := l.owner(f)
	l.plan.step(func(h *hand) error {
		fresh := f.rel() + ".new"
		if err := os.Remove(h.path(fresh)); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := h.write(fresh, data, mode, owner, -1); err != nil {
			return err
		}
		if err := os.Chtimes(h.path(fresh), f.info.ModTime(), f.info.ModTime()); err != nil {
			return err
		}
		if err := h.copyAside(f.rel()); err != nil {
			return err
		}
		return os.Rename(h.path(fresh), h.path(f.rel()))
	})
}

// cut plans that what is whole of a list of recipients stays.
func (l *lookout) cut(g *group, kind string, list recipients) {
	f := g.files[kind]
	l.plan.find(Finding{
		Path: f.rel(), ID: g.id, What: "a list of recipients is damaged", Lost: list.lost, Recipients: list.bad,
		Remedy: "what is whole of it stays; the damaged one is moved to " + Aside,
	})
	l.replace(f, list.bytes())
}

// drop plans that a list goes of which nothing is whole.
func (l *lookout) drop(g *group, kind string, list recipients) {
	f := g.files[kind]
	l.plan.find(Finding{
		Path: f.rel(), ID: g.id, What: "a list of recipients is lost", Lost: true, Recipients: list.bad, Remedy: "moved to " + Aside,
	})
	l.plan.step(func(h *hand) error { return h.aside(f.rel()) })
	delete(g.files, kind)
}

// lost puts a whole message aside, and tells what is known of it. The text
// goes first: without it nothing else of the message does any harm, while a
// text that has lost its envelope is what qmail-send removes.
func (l *lookout) lost(g *group, what string) error {
	f := Finding{ID: g.id, What: what, Lost: true, Remedy: "moved to " + Aside}
	if what == noEnvelope {
		f.Lost = g.files["mess"].renamed() || g.files["mess"].tagged()
	}
	for i := len(kinds) - 1; i >= 0; i-- {
		part := g.files[kinds[i]]
		if part == nil {
			continue
		}
		if f.Path == "" {
			f.Path = part.rel()
		}
		var data []byte
		if !hidden(part) {
			var err error
			if data, err = l.read(part); err != nil {
				return err
			}
		}
		switch part.kind {
		case "info":
			f.Sender, _ = parseInfo(data)
		case "todo", "intd":
			e := parseEnvelope(data)
			f.Sender, f.Recipients = e.sender, e.to
		case "local", "remote":
			for _, r := range parseRecipients(data).good {
				if r[0] == 'T' {
					f.Recipients = append(f.Recipients, r[1:])
				}
			}
		}
		l.plan.step(func(h *hand) error { return h.aside(part.rel()) })
	}
	if what == noText && g.files["info"] == nil && g.files["todo"] == nil {
		f.What, f.Lost = "what is left of a message that is gone", len(f.Recipients) > 0
	}
	l.plan.find(f)
	g.gone = true
	return nil
}

// hidden tells whether a file is of a held message that only root may read. It
// is taken for whole.
func hidden(f *file) bool {
	return os.Geteuid() != 0 && waiting.Held(f.info)
}

// maxList bounds a file of addresses that is read into memory, in bytes.
const maxList = 256 << 20

func (l *lookout) read(f *file) ([]byte, error) {
	if f.kind == "mess" || f.kind == "bounce" {
		return nil, nil
	}
	in, err := os.Open(filepath.Join(l.root, f.rel()))
	if err != nil {
		return nil, err
	}
	defer in.Close()
	data, err := io.ReadAll(io.LimitReader(in, maxList+1))
	if err == nil && len(data) > maxList {
		err = &os.PathError{Op: "read", Path: f.rel(), Err: os.ErrInvalid}
	}
	return data, err
}
