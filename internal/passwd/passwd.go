// Package passwd reads passwd(5) and group(5) files. It is enough for set-uid
// programs; package nss adds the users of other name services.
package passwd

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"qmailkit/internal/plain"
)

// The system's own files.
const (
	Users  = "/etc/passwd"
	Groups = "/etc/group"
)

// User is one line of passwd(5).
type User struct {
	Name     string
	UID, GID uint32
	Gecos    string // the full name and more
	Dir      string // the home folder
	Shell    string
}

// ParseUser reads a line without its newline. Lines of master.passwd(5), which
// have three fields more, are understood too.
func ParseUser(line string) (User, bool) {
	f := strings.Split(line, ":")
	if len(f) == 10 {
		f = append(f[:4], f[7:]...)
	}
	if len(f) != 7 || f[0] == "" {
		return User{}, false
	}
	uid, err1 := strconv.ParseUint(f[2], 10, 32)
	gid, err2 := strconv.ParseUint(f[3], 10, 32)
	if err1 != nil || err2 != nil {
		return User{}, false
	}
	return User{Name: f[0], UID: uint32(uid), GID: uint32(gid), Gecos: f[4], Dir: f[5], Shell: f[6]}, true
}

// maxLine bounds a line; a group may have a great many members.
const maxLine = 1 << 20

// ErrFound stops Each early.
var ErrFound = errors.New("found")

// blank is what may stand before a line.
const blank = " \t"

// Each calls f with every line of the file that is neither empty nor a
// comment, until f returns an error, which Each returns. No file is no lines.
// Blanks before a line are not part of it.
func Each(file string, f func(line string) error) error {
	r, err := plain.OpenFD(file, os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer r.Close()
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, maxLine)
	for lines.Scan() {
		if line := strings.TrimLeft(lines.Text(), blank); line != "" && line[0] != '#' {
			if err := f(line); err != nil {
				return err
			}
		}
	}
	return lines.Err()
}

// GroupID finds a group's number in the file.
func GroupID(file, name string) (gid uint32, ok bool, err error) {
	err = Each(file, func(line string) error {
		if f := strings.Split(line, ":"); len(f) >= 3 && f[0] == name {
			if n, perr := strconv.ParseUint(f[2], 10, 32); perr == nil {
				gid, ok = uint32(n), true
				return ErrFound
			}
		}
		return nil
	})
	return gid, ok, found(err)
}

// Member returns the numbers of the groups in the file that list name.
func Member(file, name string) (gids []uint32, err error) {
	err = Each(file, func(line string) error {
		f := strings.Split(line, ":")
		if len(f) < 4 {
			return nil
		}
		for _, member := range strings.Split(f[3], ",") {
			if n, perr := strconv.ParseUint(f[2], 10, 32); perr == nil && member == name {
				gids = append(gids, uint32(n))
			}
		}
		return nil
	})
	return gids, err
}

// LookupFile finds a user in the file.
func LookupFile(file, name string) (u User, ok bool, err error) {
	users, err := LookupAllFile(file, []string{name})
	if err != nil {
		return User{}, false, err
	}
	return users[0], users[0].Name != "", nil
}

// LookupAllFile finds several users in one reading of the file. The Name of
// one that is not in it is empty; of two lines for one name the first counts.
func LookupAllFile(file string, names []string) ([]User, error) {
	users := make([]User, len(names))
	missing := len(names)
	err := Each(file, func(line string) error {
		for i, name := range names {
			if users[i].Name != "" || len(line) <= len(name) || line[len(name)] != ':' || line[:len(name)] != name {
				continue
			}
			u, ok := account(line)
			if !ok || u.Name != name {
				continue
			}
			users[i] = u
			if missing--; missing == 0 {
				return ErrFound
			}
		}
		return nil
	})
	return users, found(err)
}

// account reads a line of the system's own file as system libraries do, which
// are not as strict as ParseUser: the shell may be missing, and may be followed
// by something else. A plus or minus before a name has to do with NIS.
func account(line string) (User, bool) {
	if line[0] == '+' || line[0] == '-' {
		return User{}, false
	}
	switch strings.Count(line, ":") {
	case 5:
		line += ":"
	case 7, 8:
		line = strings.Join(strings.SplitN(line, ":", 8)[:7], ":")
	}
	return ParseUser(line)
}

func found(err error) error {
	if err == ErrFound {
		return nil
	}
	return err
}
