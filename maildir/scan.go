package maildir

import (
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"qmailkit/internal/durable"
	"qmailkit/internal/sys"
)

// Entry is one message of a Maildir.
type Entry struct {
	Folder string    // New or Cur
	Name   string    // the file's name, with its flags if it has any
	Time   time.Time // when it was delivered: the file's mtime
	Size   int64     // bytes
}

// Path returns the entry's name below the Maildir, "new/NAME".
func (e Entry) Path() string { return e.Folder + "/" + e.Name }

// Scan lists the messages in the given folders of the Maildir dir, oldest
// first, those of the same time by name. Names that start with a dot and what
// is no regular file, or no longer there, are left out.
func Scan(dir string, folders ...string) ([]Entry, error) {
	var entries []Entry
	for _, folder := range folders {
		names, err := readNames(dir + "/" + folder)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if name[0] == '.' {
				continue
			}
			fi, err := os.Stat(dir + "/" + folder + "/" + name)
			if err != nil || !fi.Mode().IsRegular() {
				continue
			}
			entries = append(entries, Entry{Folder: folder, Name: name, Time: fi.ModTime(), Size: fi.Size()})
		}
	}
	slices.SortFunc(entries, func(a, b Entry) int {
		return cmp.Or(a.Time.Compare(b.Time), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Folder, b.Folder))
	})
	return entries, nil
}

// stale is how long a file in tmp must have been left alone before a reader
// may remove it (36 hours, maildir(5)).
const stale = 36 * time.Hour

// Clean removes from tmp what deliveries have left there that were killed.
// Failures do not matter: the next reader tries again.
func Clean(dir string, now time.Time) {
	tmp := dir + "/" + Tmp
	names, _ := readNames(tmp)
	for _, name := range names {
		path := tmp + "/" + name
		fi, err := os.Stat(path)
		if name[0] == '.' || err != nil {
			continue
		}
		// A writer's mtime moves even where atimes are not kept.
		if now.Sub(sys.AccessTime(fi)) > stale && now.Sub(fi.ModTime()) > stale {
			os.Remove(path)
		}
	}
}

// Make makes a new Maildir, readable by its owner only. It fails when dir is
// there already.
func Make(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for _, folder := range []string{Tmp, New, Cur} {
		if err := os.Mkdir(dir+"/"+folder, 0o700); err != nil {
			return err
		}
	}
	if err := durable.SyncUserDir(dir); err != nil {
		return err
	}
	return durable.SyncUserDir(filepath.Dir(dir))
}

func readNames(dir string) ([]string, error) {
	f, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

// UniqueName returns the name without its flags: it stays the same for as
// long as the message is in the Maildir.
func (e Entry) UniqueName() string {
	name, _, _ := strings.Cut(e.Name, ":")
	return name
}

// SeenName returns the name that the message has once it has moved from new to
// cur: with flags, none set, unless it has some already.
func (e Entry) SeenName() string {
	if strings.Contains(e.Name, ":2,") {
		return e.Name
	}
	return e.Name + ":2,"
}
