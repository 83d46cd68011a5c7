package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/remote"
)

// Run prints the name of the address that its argument is.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return cmd.Silent(cmd.ExitPermanent)
	}
	ip, ok := remote.Literal(p.Args[0])
	if !ok {
		return remote.LookupFailed(dns.ErrNoName)
	}
	name, err := dns.System(p.Getenv).PTR(ip)
	if err != nil {
		return remote.LookupFailed(err)
	}
	return remote.Print(p, []byte(dns.Escape(name)+"\n"))
}
