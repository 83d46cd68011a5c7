package testhome

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
)

// programsFolder is where a copy with changed programs sees the home's own.
const programsFolder = ".programs"

// Copy says how a private copy of a home differs from it.
type Copy struct {
	// Programs are taken from other files, by name; owners and modes are those
	// of the program that a file takes the place of.
	Programs map[string]string
	// Single makes it the single-user home of UID and GID.
	Single   bool
	UID, GID int
}

func (c Copy) plain() bool { return !c.Single && len(c.Programs) == 0 }

// own gives all below dir to the owner of a single-user home.
func (c Copy) own(dir string) error {
	if !c.Single {
		return nil
	}
	return filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, c.UID, c.GID)
	})
}

// Remix changes the programs of a mounted copy, which must be one that Mount
// was to change programs of. All else stays.
func (c Copy) Remix(dir string) error {
	bin := filepath.Join(dir, "bin")
	old, err := filepath.Glob(bin + "/*")
	if err != nil {
		return err
	}
	for _, name := range old {
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return c.mix(filepath.Join(dir, programsFolder), bin)
}

// mix fills an empty bin: with links to the home's own programs, which from
// has, and with copies where a link would not do.
func (c Copy) mix(from, bin string) error {
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	for name := range c.Programs {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		if err := c.program(from, bin, name); err != nil {
			return err
		}
	}
	return nil
}

func (c Copy) program(from, bin, name string) error {
	own := filepath.Join(from, name)
	source, foreign := c.Programs[name]
	fi, err := os.Stat(own)
	if err != nil && !foreign {
		return err
	}
	odd := fi != nil && (fi.Mode()&fs.ModeSetuid != 0 || fi.Mode().Perm()&0o005 != 0o005)
	if !foreign && !(c.Single && odd) {
		return os.Symlink("../"+programsFolder+"/"+name, filepath.Join(bin, name))
	}
	if !foreign {
		source = own
	}
	data, err := os.ReadFile(source)
	if err != nil {
		return err
	}
	to := filepath.Join(bin, name)
	if err := os.WriteFile(to, data, 0o755); err != nil {
		return err
	}
	switch {
	case c.Single:
		return os.Chown(to, c.UID, c.GID)
	case fi == nil:
		return nil
	}
	st := fi.Sys().(*syscall.Stat_t)
	if err := os.Chown(to, int(st.Uid), int(st.Gid)); err != nil {
		return err
	}
	return os.Chmod(to, fi.Mode())
}

// CopyTree copies from, with owners, modes, links and fifos, to the folder to,
// which exists. Names for which skip says so stay away; they are relative.
func CopyTree(from, to string, skip func(rel string) bool) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a home that is in use changes meanwhile
		}
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if skip != nil && skip(rel) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		fi, err := d.Info()
		if err == nil {
			err = copyOne(path, filepath.Join(to, rel), fi)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

func copyOne(from, to string, fi fs.FileInfo) error {
	var err error
	switch fi.Mode().Type() {
	case fs.ModeDir:
		err = os.MkdirAll(to, 0o700)
	case fs.ModeSymlink:
		var target string
		if target, err = os.Readlink(from); err == nil {
			err = os.Symlink(target, to)
		}
	case fs.ModeSocket:
		return nil // means nothing without who listens at it
	case fs.ModeNamedPipe:
		err = syscall.Mkfifo(to, 0o600)
	case 0:
		var data []byte
		if data, err = os.ReadFile(from); err == nil {
			err = os.WriteFile(to, data, 0o600)
		}
	default:
		err = fmt.Errorf("copy %s: it is neither a file, a folder, a link nor a fifo", from)
	}
	if err != nil {
		return err
	}
	if st := fi.Sys().(*syscall.Stat_t); os.Geteuid() == 0 {
		if err := os.Lchown(to, int(st.Uid), int(st.Gid)); err != nil {
			return err
		}
	}
	if fi.Mode().Type() == fs.ModeSymlink {
		return nil
	}
	// The mode after the owner: chown clears the set-uid bit.
	return os.Chmod(to, fi.Mode())
}
