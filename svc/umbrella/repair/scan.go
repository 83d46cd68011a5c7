package repair

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"qmailkit/internal/queue"
)

// kinds are the folders that hold messages' files. Mess is the last to be
// read: what qmail-queue adds meanwhile is then a text of which nothing else
// has been seen, and never the other way round.
var kinds = [...]string{"bounce", "todo", "intd", "info", "local", "remote", "mess"}

// file is a file that is named like a message's.
type file struct {
	kind string
	dir  string // "mess/7"
	name string // "53", or a tag
	info fs.FileInfo
	id   queue.ID // whose it is by its name
	from queue.ID // of a tag: whose it was
}

func (f *file) rel() string   { return f.dir + "/" + f.name }
func (f *file) tagged() bool  { return strings.HasPrefix(f.name, tagMark) }
func (f *file) inode() uint64 { return f.info.Sys().(*syscall.Stat_t).Ino }
func (f *file) renamed() bool { return f.id != queue.ID(f.inode()) }

// A file that gets the name of another message's number has a tag as its name
// meanwhile, because the new name may still be another's: the mark, the new
// number, a dot, the old one. Qmail takes no notice of such names.
const tagMark = "repair."

func tag(id, from queue.ID) string { return tagMark + id.String() + "." + from.String() }

// parseName reads a name of a file of a message.
func parseName(name string) (id, from queue.ID, ok bool) {
	rest, tagged := strings.CutPrefix(name, tagMark)
	if !tagged {
		id, ok = queue.ParseID(name)
		return id, 0, ok && id.String() == name
	}
	first, second, _ := strings.Cut(rest, ".")
	id, ok1 := queue.ParseID(first)
	from, ok2 := queue.ParseID(second)
	return id, from, ok1 && ok2 && tag(id, from) == name
}

// scan reads all folders of messages.
func (l *lookout) scan() error {
	for _, kind := range kinds {
		parts := 0
		switch kind {
		case "bounce":
		case "todo", "intd":
			parts = l.haveTodo
		default:
			parts = l.have
		}
		if err := l.scanFolder(kind, kind, parts); err != nil {
			return err
		}
		for i := range parts {
			if err := l.scanFolder(kind, kind+"/"+strconv.Itoa(i), 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// scanFolder reads one folder; folders in it that are numbered below parts are
// left to scan. Names that start with a dot are the system's (.nfs).
func (l *lookout) scanFolder(kind, dir string, parts int) error {
	entries, err := os.ReadDir(filepath.Join(l.root, dir))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, e := range entries {
		name := e.Name()
		id, from, ok := parseName(name)
		fi, err := os.Lstat(filepath.Join(l.root, dir, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			return err
		case name[0] == '.':
		case ok && fi.IsDir() && uint64(id) < uint64(parts):
		case parts > 0 && !fi.IsDir() && ok && uint64(id) < uint64(parts):
			// A file in the place of a folder: layout has seen to it.
		case !ok:
			l.away(dir+"/"+name, 0, "a name that is none of a message")
		case !fi.Mode().IsRegular():
			l.away(dir+"/"+name, id, "this is no file")
		default:
			l.files = append(l.files, &file{kind: kind, dir: dir, name: name, info: fi, id: id, from: from})
		}
	}
	return nil
}

// away plans that a file goes aside.
func (l *lookout) away(rel string, id queue.ID, what string) {
	l.plan.find(Finding{Path: rel, ID: id, What: what, Remedy: "moved to " + Aside})
	l.plan.step(func(h *hand) error { return h.aside(rel) })
}

// group is a message: the files that belong together.
type group struct {
	id    queue.ID // by which they are named
	files map[string]*file
	spare []*file // more of a kind than there can be
	gone  bool    // put aside
	text  bool    // it has a text, whose inode is
	inode queue.ID
}

type key struct{ id, from queue.ID }

// groups puts files together by their names.
func (l *lookout) groups() []*group {
	byName := make(map[key][]*file)
	for _, f := range l.files {
		k := key{f.id, f.from}
		if !f.tagged() {
			k.from = f.id
		}
		byName[k] = append(byName[k], f)
	}
	for k, files := range byName {
		if k.id == k.from || hasKind(files, "mess") {
			continue
		}
		if home, ok := textOf(byName, k); ok {
			byName[home] = append(byName[home], files...)
			delete(byName, k)
		}
	}
	all := make([]*group, 0, len(byName))
	for k, files := range byName {
		all = append(all, l.group(k.id, files))
	}
	slices.SortFunc(all, func(a, b *group) int { return cmp.Compare(a.id, b.id) })
	return all
}

// textOf finds the message that files with the tag k are of, where their text
// has no tag: because it already has its new name, or because it has its old
// one yet.
func textOf(byName map[key][]*file, k key) (key, bool) {
	for _, id := range []queue.ID{k.id, k.from} {
		home := key{id, id}
		if slices.ContainsFunc(byName[home], func(f *file) bool { return f.kind == "mess" && queue.ID(f.inode()) == k.id }) {
			return home, true
		}
	}
	return key{}, false
}

func hasKind(files []*file, kind string) bool {
	return slices.ContainsFunc(files, func(f *file) bool { return f.kind == kind })
}

// group makes a message of files of the same number. Where there is more than
// one of a kind, the one counts that is where it belongs; of texts, the one
// that has its inode's name.
func (l *lookout) group(id queue.ID, files []*file) *group {
	g := &group{id: id, files: make(map[string]*file)}
	for _, f := range files {
		other := g.files[f.kind]
		switch {
		case other == nil:
			g.files[f.kind] = f
		case l.better(f, other):
			g.spare = append(g.spare, other)
			g.files[f.kind] = f
		default:
			g.spare = append(g.spare, f)
		}
	}
	if text := g.files["mess"]; text != nil {
		g.text, g.inode = true, queue.ID(text.inode())
	}
	return g
}

func (l *lookout) better(f, other *file) bool {
	if f.kind == "mess" && f.renamed() != other.renamed() {
		return !f.renamed()
	}
	return l.rightPlace(f) && !l.rightPlace(other)
}

func (l *lookout) rightPlace(f *file) bool { return f.dir+"/"+f.id.String() == l.q.Rel(f.kind, f.id) }
