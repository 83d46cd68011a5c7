package main

import (
	"net/netip"

	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/remote"
)

// Run prints the IPv4 addresses of the host that its argument names.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return cmd.Silent(cmd.ExitPermanent)
	}
	if ip, ok := remote.Literal(p.Args[0]); ok {
		return remote.PrintIPv4(p, []netip.Addr{ip})
	}
	list, err := dns.System(p.Getenv).IPv4(p.Args[0])
	if err != nil {
		return remote.LookupFailed(err)
	}
	return remote.PrintIPv4(p, list)
}
