package main

import (
	"os"
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/passwd"
	"qmailkit/svc"
)

const usage = "setuser account child"

// Run becomes the program as the account, in its home.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(usage)
	}
	account, err := svc.Account(p, p.Args[0])
	if err != nil {
		return err
	}
	more, err := passwd.Member(passwd.Groups, account.Name)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read "+passwd.Groups, err)
	}
	groups := []int{int(account.GID)}
	for _, gid := range more {
		if gid != account.GID {
			groups = append(groups, int(gid))
		}
	}
	p.Setenv("GID", strconv.FormatUint(uint64(account.GID), 10))
	p.Setenv("UID", strconv.FormatUint(uint64(account.UID), 10))
	p.Setenv("SHELL", account.Shell)
	p.Setenv("HOME", account.Dir)
	p.Setenv("USER", account.Name)
	if err := os.Chdir(account.Dir); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to switch to directory "+account.Dir, err)
	}
	if err := svc.Become(p, account.UID, account.GID, groups); err != nil {
		return err
	}
	return svc.Exec(p, p.Args[1:])
}
