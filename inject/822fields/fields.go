package main

import (
	"qmailkit/inject"
	"qmailkit/internal/cmd"
)

// Run prints the fields of all names in p's arguments.
func Run(p *cmd.Proc) error { return inject.PrintFields(p, p.Args) }
