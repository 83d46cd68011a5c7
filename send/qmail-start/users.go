package main

import (
	"os"
	"syscall"

	"qmailkit/internal/ids"
	"qmailkit/internal/passwd"
	"qmailkit/internal/sys"
)

// users are who runs what; nil is this process's own user, which is root's at
// first.
type users struct {
	log, local, remote, clean *syscall.Credential

	single    bool
	send, gid uint32 // who runs qmail-send; its group, which all but the logger have
}

func findUsers(home string) (*users, error) {
	h := ids.Of(home)
	uid, err := h.Users(ids.Log, ids.Queue, ids.Remote, ids.Send)
	if err != nil {
		return nil, err
	}
	log, clean, remote, send := uid[0], uid[1], uid[2], uid[3]
	nofiles, err := h.Group(ids.GroupNofiles)
	if err != nil {
		return nil, err
	}
	gid, err := h.Group(ids.GroupQueue)
	if err != nil {
		return nil, err
	}
	u := &users{single: h.Single, send: send, gid: gid}
	if h.Single {
		return u, nil
	}
	more, err := passwd.Member(passwd.Groups, ids.Remote)
	if err != nil {
		return nil, err
	}
	u.log = sys.Credential(log, nofiles)
	u.remote = &syscall.Credential{Uid: remote, Gid: gid, Groups: append([]uint32{gid}, more...)}
	u.clean = sys.Credential(clean, gid)
	return u, nil
}

// enterGroup gives this process the one group that its children inherit; in
// a single-user home, where root has no business, it gives up being root.
func (u *users) enterGroup() error {
	if u.single {
		return u.become()
	}
	if err := syscall.Setgroups([]int{int(u.gid)}); err != nil {
		return err
	}
	return syscall.Setgid(int(u.gid))
}

// become makes this process qmail-send's user.
func (u *users) become() error {
	if u.single && os.Getuid() == int(u.send) {
		return nil
	}
	return sys.BecomeUser(u.send, u.gid, []int{int(u.gid)})
}
