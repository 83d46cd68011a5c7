package main

import (
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/errstr"
	"qmailkit/internal/home"
	"qmailkit/internal/ids"
	"qmailkit/internal/nss"
	"qmailkit/internal/passwd"
	"qmailkit/internal/plain"
	"qmailkit/internal/resident"
	"qmailkit/internal/users"
)

const errWrite = "unable to write output"

// maxUser is one more than the longest name that is looked up: an address is
// a stranger's, and what it costs to look up is not to be his to choose.
const maxUser = 32

// Run prints who is in charge of its argument, and answers further questions
// if qmail-lspawn has any.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return cmd.Silent(cmd.ExitPermanent)
	}
	own := ids.Of(p.Home)
	find := func(p *cmd.Proc, _ resident.Files) resident.Answer { return find(p, own) }
	return resident.Serve(p, find, say)
}

// find looks its argument up in this machine's users as they are now.
func find(p *cmd.Proc, own *ids.Home) resident.Answer {
	f := finder{lookup: nss.Lookup, own: own}
	a, err := f.find(p.Args[0], p.InHome("alias"))
	if err != nil {
		code, text := cmd.Outcome(p.Name, err)
		return resident.Answer{Code: code, Stderr: text}
	}
	return resident.Answer{Stdout: string(a.Append(nil))}
}

// say ends a program that was started for one answer.
func say(p *cmd.Proc, a resident.Answer) error {
	if a.Code != 0 {
		return &cmd.Exit{Code: a.Code, Text: a.Stderr}
	}
	if _, err := p.Stdout.WriteString(a.Stdout); err != nil {
		return p.FatalSys(cmd.ExitTemporary, errWrite, err)
	}
	return nil
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
	var st syscall.Stat_t
	if err := plain.Stat(u.Dir, &st); err != nil {
		if errstr.Temporary(err) {
			return u, false, &cmd.Exit{Code: users.CodeNFS, Err: err}
		}
		return u, false, nil
	}
	return u, st.Uid == u.UID, nil
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
