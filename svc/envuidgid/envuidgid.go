package main

import (
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/svc"
)

const usage = "envuidgid account child"

// Run becomes the program with GID and UID set to the account's.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(usage)
	}
	account, err := svc.Account(p, p.Args[0])
	if err != nil {
		return err
	}
	p.Setenv("GID", strconv.FormatUint(uint64(account.GID), 10))
	p.Setenv("UID", strconv.FormatUint(uint64(account.UID), 10))
	return svc.Exec(p, p.Args[1:])
}
