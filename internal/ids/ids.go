// Package ids finds the users and groups that a qmail home runs under, by name
// and at run time. In a single-user home, which an ordinary user installed and
// owns together with its queue, they all are that user.
package ids

import (
	"os"
	"syscall"

	"qmailkit/internal/passwd"
)

// The users and groups of qmail (conf-users, conf-groups).
const (
	Alias  = "alias"  // owns mail for nobody else
	Daemon = "qmaild" // runs the network servers
	Log    = "qmaill"
	Passwd = "qmailp" // runs qmail-getpw
	Queue  = "qmailq" // owns the messages
	Remote = "qmailr" // runs qmail-rspawn and qmail-remote
	Send   = "qmails" // runs qmail-send

	GroupQueue   = "qmail"
	GroupNofiles = "nofiles"
)

// Home answers for one qmail home.
type Home struct {
	Single   bool // all users are the owner
	uid, gid uint32
}

// Unknown is a user or group that the machine does not have.
type Unknown struct {
	Kind string // "user" or "group"
	Name string
}

func (e *Unknown) Error() string { return "unable to find " + e.Kind + " " + e.Name }

// Of looks at the qmail home dir.
func Of(dir string) *Home {
	uid, gid, ok := owner(dir)
	quid, _, qok := owner(dir + "/queue")
	if ok && qok && uid != 0 && uid == quid {
		return &Home{Single: true, uid: uid, gid: gid}
	}
	return &Home{}
}

func owner(path string) (uid, gid uint32, ok bool) {
	fi, err := os.Stat(path)
	if err != nil {
		return 0, 0, false
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, 0, false
	}
	return st.Uid, st.Gid, true
}

// User returns the uid of one of the users above.
func (h *Home) User(name string) (uint32, error) {
	if h.Single {
		return h.uid, nil
	}
	u, ok, err := passwd.Lookup(name)
	if err == nil && !ok {
		err = &Unknown{"user", name}
	}
	return u.UID, err
}

// Users is User for several at once. It reads the users only once.
func (h *Home) Users(names ...string) ([]uint32, error) {
	uids := make([]uint32, len(names))
	if h.Single {
		for i := range uids {
			uids[i] = h.uid
		}
		return uids, nil
	}
	users, err := passwd.LookupAll(names)
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		if users[i].Name == "" {
			return nil, &Unknown{"user", name}
		}
		uids[i] = users[i].UID
	}
	return uids, nil
}

// Group returns the gid of one of the groups above.
func (h *Home) Group(name string) (uint32, error) {
	if h.Single {
		return h.gid, nil
	}
	gid, ok, err := passwd.LookupGroup(name)
	if err == nil && !ok {
		err = &Unknown{"group", name}
	}
	return gid, err
}
