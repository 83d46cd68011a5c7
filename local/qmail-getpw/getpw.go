package main

import (
	"os"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/errstr"
	"qmailkit/internal/home"
	"qmailkit/internal/ids"
	"qmailkit/internal/nss"
	"qmailkit/internal/passwd"
	"qmailkit/internal/users"
)

const errWrite = "unable to write output"

// maxUser is one more than the longest name that is looked up: an address is
// a stranger's, and what it costs to look up is not to be his to choose.
const maxUser = 32

// Run prints who is in charge of its argument.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return cmd.Silent(cmd.ExitPermanent)
	}
	if len(p.Args) > 1 && p.Args[1] == users.GetpwServe {
		return serve(p)
	}
	answer, err := find(p, p.Args[0])
	if err != nil {
		return err
	}
	return write(p, answer.Append(nil))
}

func write(p *cmd.Proc, b []byte) error {
	if _, err := p.Stdout.Write(b); err != nil {
		return p.FatalSys(cmd.ExitTemporary, errWrite, err)
	}
	return nil
}

// find looks box up in this machine's users as they are now.
func find(p *cmd.Proc, box string) (users.Assignment, error) {
	f := finder{lookup: nss.Lookup, own: ids.Of(p.Home)}
	return f.find(box, p.InHome("alias"))
}

type finder struct {
	lookup func(name string) (passwd.User, bool, error)
	own    *ids.Home
}

// find gives box to the user whose name it is, or starts with up to a break
// character, the longest name first; to alias if there is none. In a
// single-user home alias is the owner, with the folder aliasHome.
func (f finder) find(box, aliasHome string) (users.Assignment, error) {
	for n := len(box); n >= 0; n-- {
		if n >= maxUser || (n < len(box) && box[n:n+1] != home.Break()) {
			continue
		}
		u, ok, err := f.user(control.Fold(box[:n]))
		if err != nil {
			return users.Assignment{}, err
		}
		if !ok {
			continue
		}
		a := assign(u)
		if n < len(box) {
			a.Dash, a.Ext = "-", box[n+1:]
		}
		return a, nil
	}
	a, err := f.alias(aliasHome)
	a.Dash, a.Ext = "-", box
	return a, err
}

// user returns the user called name if he takes mail: not root, and owner of
// his home folder.
func (f finder) user(name string) (u passwd.User, ok bool, err error) {
	u, ok, err = f.lookup(name)
	if err != nil {
		return u, false, &cmd.Exit{Code: users.CodeSystem, Err: err}
	}
	if !ok || u.UID == 0 {
		return u, false, nil
	}
	fi, err := os.Stat(u.Dir)
	if err != nil {
		if errstr.Temporary(err) {
			return u, false, &cmd.Exit{Code: users.CodeNFS, Err: err}
		}
		return u, false, nil
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	return u, ok && st.Uid == u.UID, nil
}

func (f finder) alias(dir string) (users.Assignment, error) {
	if f.own.Single {
		uid, err1 := f.own.User(ids.Alias)
		gid, err2 := f.own.Group(ids.GroupNofiles)
		if err1 != nil || err2 != nil {
			return users.Assignment{}, cmd.Silent(users.CodeNoAlias)
		}
		return users.Assignment{User: ids.Alias, UID: uid, GID: gid, Home: dir}, nil
	}
	u, ok, err := f.lookup(ids.Alias)
	switch {
	case err != nil:
		return users.Assignment{}, &cmd.Exit{Code: users.CodeSystem, Err: err}
	case !ok:
		return users.Assignment{}, cmd.Silent(users.CodeNoAlias)
	}
	return assign(u), nil
}

func assign(u passwd.User) users.Assignment {
	return users.Assignment{User: u.Name, UID: u.UID, GID: u.GID, Home: u.Dir}
}
