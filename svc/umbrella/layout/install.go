package layout

import (
	"io"
	"io/fs"
	"os"

	"qmailkit/internal/ids"
)

// Looks are a program's owner and mode.
type Looks struct {
	UID, GID int
	Mode     fs.FileMode
}

// LooksOf returns those of the program called name in a home. Its error is of
// users that the machine does not have.
func LooksOf(home *ids.Home, name string) (Looks, error) {
	owner, mode := Program(name, home.Single)
	uid, err := UID(home, owner)
	if err != nil {
		return Looks{}, err
	}
	gid, err := home.Group(ids.GroupQueue)
	return Looks{int(uid), int(gid), mode}, err
}

// Install copies a program to the path to, which does not exist, and has it on
// disk. Nobody can run it before it is complete, and the set-uid bit comes
// last: a change of owner takes it away.
func (l Looks) Install(from, to string) error {
	r, err := os.Open(from)
	if err != nil {
		return err
	}
	defer r.Close()
	f, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	if err == nil && os.Geteuid() == 0 {
		err = f.Chown(l.UID, l.GID)
	}
	if err == nil {
		err = f.Chmod(l.Mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if cerr := f.Close(); err == nil {
		err = cerr
	}
	return err
}
