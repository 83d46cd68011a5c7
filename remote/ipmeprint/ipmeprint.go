package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/ipme"
	"qmailkit/remote"
)

// Run prints the IPv4 addresses by which this machine knows itself.
func Run(p *cmd.Proc) error {
	list, err := ipme.Addrs()
	if err != nil {
		return cmd.Say(cmd.ExitPermanent, "hard error")
	}
	return remote.PrintIPv4(p, list)
}
