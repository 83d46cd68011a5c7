package main

import (
	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
)

// Run is datemail: predate with sendmail as its child. It returns only when
// predate cannot be run.
func Run(p *cmd.Proc) error {
	argv := append([]string{p.InHome("bin", "predate"), p.InHome("bin", "sendmail")}, p.Args...)
	return p.FatalSys(cmd.ExitTemporary, "unable to run "+argv[0], child.Exec(p, argv))
}
