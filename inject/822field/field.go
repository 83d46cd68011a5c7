package main

import (
	"qmailkit/inject"
	"qmailkit/internal/cmd"
)

// Run prints the fields of the one name that p's arguments begin with.
func Run(p *cmd.Proc) error { return inject.PrintFields(p, p.Args[:min(len(p.Args), 1)]) }
