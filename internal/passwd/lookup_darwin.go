package passwd

import (
	"errors"
	"os/user"
	"strconv"
)

// Lookup finds a user of this machine. Directory Services holds them on macOS,
// /etc/passwd only some; os/user asks the system library.
func Lookup(name string) (User, bool, error) {
	u, err := user.Lookup(name)
	if errors.As(err, new(user.UnknownUserError)) {
		return User{}, false, nil
	}
	if err != nil {
		return User{}, false, err
	}
	uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
	gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
	return User{Name: u.Username, UID: uint32(uid), GID: uint32(gid), Gecos: u.Name, Dir: u.HomeDir}, err1 == nil && err2 == nil, nil
}

// LookupGroup finds a group of this machine.
func LookupGroup(name string) (gid uint32, ok bool, err error) {
	g, err := user.LookupGroup(name)
	if errors.As(err, new(user.UnknownGroupError)) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	n, err := strconv.ParseUint(g.Gid, 10, 32)
	return uint32(n), err == nil, err
}

// LookupAll finds several users; the Name of one that there is not is empty.
func LookupAll(names []string) ([]User, error) {
	users := make([]User, len(names))
	for i, name := range names {
		u, _, err := Lookup(name)
		if err != nil {
			return nil, err
		}
		users[i] = u
	}
	return users, nil
}
