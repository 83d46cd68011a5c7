package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/usermail"
)

// Run runs maildir2mbox and becomes pine, with the same arguments.
func Run(p *cmd.Proc) error { return usermail.Read(p, "pine") }
