package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/svc"
)

const usage = "argv0 realname program [ arg ... ]"

// Run becomes the program that its first argument names, with the second as
// argv[0].
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return p.Usage(usage)
	}
	return svc.ExecWith(p, p.Args[0], p.Args[1:], p.Env)
}
