package repair

import (
	"io/fs"

	"qmailkit/internal/queue"
	"qmailkit/send/waiting"
)

// The modes of messages' files, as qmail-queue and qmail-send make them.
const (
	modeQueue = 0o644 // mess, intd, todo
	modeSend  = 0o600 // info, local, remote, bounce
)

// owner returns whose a file should be, and its mode.
func (l *lookout) owner(f *file) (int, fs.FileMode) {
	switch f.kind {
	case "mess", "intd", "todo":
		return l.opts.Owner.Queue, modeQueue
	}
	return l.opts.Owner.Send, modeSend
}

// move is one file that gets another name.
type move struct {
	f        *file
	id       queue.ID // the message's number in the end
	from, to string
	tag      string // the name in between, "" for none
}

// place plans that every file of the messages that stay has its right owner,
// mode, name and folder. First all that change their number get tags, the text
// of a message last; then all get their names, the text first: so files that
// are called like another message are never taken for its own.
func (l *lookout) place(groups []*group) {
	var moves []move
	for _, g := range groups {
		if g.gone {
			continue
		}
		for _, kind := range kinds {
			f := g.files[kind]
			if f == nil {
				continue
			}
			l.ownedFile(f)
			if m := (move{f: f, id: g.inode, from: f.rel(), to: l.q.Rel(kind, g.inode)}); m.from != m.to {
				moves = append(moves, m)
			}
		}
		l.tellMoves(g)
	}
	for i := range moves {
		m := &moves[i]
		from := m.f.id
		if m.f.tagged() {
			from = m.f.from
		}
		if name := tag(m.id, from); m.f.id != m.id || m.f.tagged() {
			if m.tag = m.f.dir + "/" + name; m.tag != m.from {
				l.plan.step(func(h *hand) error { return h.rename(m.from, m.tag) })
			}
		}
	}
	for i := len(moves) - 1; i >= 0; i-- {
		m := &moves[i]
		l.plan.step(func(h *hand) error {
			if m.tag != "" {
				return h.rename(m.tag, m.to)
			}
			return h.rename(m.from, m.to)
		})
	}
}

// tellMoves says what is wrong with the names of a message's files.
func (l *lookout) tellMoves(g *group) {
	text := g.files["mess"]
	if text.renamed() || text.tagged() {
		l.plan.find(Finding{
			Path: text.rel(), ID: g.id, What: "a message is not called by its inode",
			Remedy: "renamed, as are its other files",
		})
		return
	}
	for _, f := range g.files {
		if f.rel() != l.q.Rel(f.kind, g.inode) {
			l.plan.find(Finding{Path: f.rel(), ID: g.id, What: "a file is in the wrong folder", Remedy: "moved to " + l.q.Rel(f.kind, g.inode)})
		}
	}
}

// ownedFile plans the owner and mode of a file; the mode of a held message is
// right too. Its group does not matter.
func (l *lookout) ownedFile(f *file) {
	owner, mode := l.owner(f)
	if held := f.kind == "local" || f.kind == "remote" || f.kind == "todo" || f.kind == "intd"; held && waiting.Held(f.info) {
		mode = f.info.Mode().Perm()
	}
	l.owned(f.rel(), f.info, owner, -1, mode, "a message's file")
}
