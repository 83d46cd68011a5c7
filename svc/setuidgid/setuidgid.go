package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/svc"
)

const usage = "setuidgid account child"

// Run becomes the program under the account's uid and gid, with no other
// group.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(usage)
	}
	account, err := svc.Account(p, p.Args[0])
	if err != nil {
		return err
	}
	if err := svc.Become(p, account.UID, account.GID, []int{int(account.GID)}); err != nil {
		return err
	}
	return svc.Exec(p, p.Args[1:])
}
