package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/usermail"
)

// Run runs maildir2mbox and becomes Mail, with the same arguments. Many
// systems have that program under its small name only.
func Run(p *cmd.Proc) error { return usermail.Read(p, "Mail", "mail") }
