package main

import (
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/svc"
)

const usage = "pgrphack child"

// Run becomes the program, the leader of a new session and process group.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	syscall.Setsid() // fails where the process leads its group already
	return svc.Exec(p, p.Args)
}
