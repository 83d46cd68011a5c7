package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// put makes the files below root. fill replaces the placeholders of a text.
func (fs files) put(root string, fill func(string) string) error {
	for _, f := range fs {
		if err := f.put(filepath.Join(root, string(raw(f.name))), fill); err != nil {
			return err
		}
	}
	return nil
}

func (f *file) put(path string, fill func(string) string) error {
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	switch {
	case err != nil:
	case f.Dir:
		err = os.MkdirAll(path, 0o755)
	case f.Link != "":
		err = os.Symlink(string(raw(fill(f.Link))), path)
	default:
		err = os.WriteFile(path, raw(fill(f.Text)), 0o644)
	}
	if err == nil && f.Mode != "" {
		var mode uint64
		if mode, err = strconv.ParseUint(f.Mode, 8, 32); err == nil {
			err = chmod(path, uint32(mode))
		}
	}
	if err == nil && f.Mtime != nil {
		t := time.Unix(0, int64(*f.Mtime*1e9))
		err = os.Chtimes(path, t, t)
	}
	return err
}

// clear removes all that is in the folder dir.
func clear(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.RemoveAll(filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// wipe removes the files, not the folders, that match patterns below root.
func wipe(root string, patterns []string) error {
	for _, p := range patterns {
		found, err := filepath.Glob(filepath.Join(root, p))
		if err != nil {
			return err
		}
		for _, name := range found {
			fi, err := os.Lstat(name)
			if err != nil || fi.IsDir() {
				continue
			}
			if t := fi.Mode().Type(); t != 0 && t != fs.ModeSymlink {
				continue
			}
			if err := os.Remove(name); err != nil {
				return err
			}
		}
	}
	return nil
}

var maildirName = regexp.MustCompile(`^(.*/)?(new|cur|tmp)/\d{9,11}\.[^/:]+(:2,\w*)?$`)

// tree reports what is below root: folders that are empty, files with their
// text, links with their target. Names that a maildir made are all called
// <MD>, with their texts sorted. Top folders named in skip are left out.
func tree(root string, skip []string) (named, error) {
	var out named
	err := walk(root, "", skip, &out)
	for _, e := range out {
		if texts, ok := e.value.([]string); ok {
			slices.Sort(texts)
		}
	}
	return out, err
}

func walk(root, rel string, skip []string, out *named) error {
	if slices.Contains(skip, strings.SplitN(rel, "/", 2)[0]) {
		return nil
	}
	entries, err := os.ReadDir(filepath.Join(root, rel))
	if err != nil {
		return err
	}
	if len(entries) == 0 && rel != "" {
		*out = append(*out, entry{rel, nil})
	}
	var dirs []string
	for _, e := range entries {
		path := filepath.Join(root, rel, e.Name())
		// A link to a folder is reported neither as a file nor as a folder.
		if fi, err := os.Stat(path); err == nil && fi.IsDir() {
			if e.IsDir() {
				dirs = append(dirs, rel+e.Name()+"/")
			}
			continue
		}
		value, err := content(path, e.Type())
		if err != nil {
			return err
		}
		out.addFile(rel, e.Name(), value)
	}
	for _, d := range dirs {
		if err := walk(root, d, skip, out); err != nil {
			return err
		}
	}
	return nil
}

func (out *named) addFile(rel, name, value string) {
	key := text([]byte(rel + name))
	if !maildirName.MatchString(key) {
		*out = append(*out, entry{key, value})
		return
	}
	key = text([]byte(rel)) + "<MD>"
	if _, flags, ok := strings.Cut(name, ":2,"); ok {
		key += ":2," + flags
	}
	for i, e := range *out {
		if e.name == key {
			(*out)[i].value = append(e.value.([]string), value)
			return
		}
	}
	*out = append(*out, entry{key, []string{value}})
}

func content(path string, mode fs.FileMode) (string, error) {
	switch {
	case mode == fs.ModeSymlink:
		to, err := os.Readlink(path)
		return "-> " + text([]byte(to)), err
	case mode.IsRegular():
		data, err := os.ReadFile(path)
		return text(data), err
	}
	return "special", nil
}

// look reports the text of a file, or nil where there is none.
func look(path string) (any, error) {
	data, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return nil, nil
	}
	return text(data), err
}

// scratch makes a folder of its own in /tmp, whatever TMPDIR says: the length
// of its name shows in what some commands print.
func scratch(prefix string, mode uint32) (string, error) {
	dir, err := os.MkdirTemp("/tmp", prefix)
	if err == nil {
		err = chmod(dir, mode)
	}
	return dir, err
}

// chmod takes the mode as chmod(2) does.
func chmod(path string, mode uint32) error {
	m := fs.FileMode(mode & 0o777)
	if mode&0o4000 != 0 {
		m |= fs.ModeSetuid
	}
	if mode&0o2000 != 0 {
		m |= fs.ModeSetgid
	}
	if mode&0o1000 != 0 {
		m |= fs.ModeSticky
	}
	return os.Chmod(path, m)
}
