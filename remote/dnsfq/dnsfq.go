package main

import (
	"net/netip"

	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/remote"
)

// Run prints the name that the first address of a host stands for in the DNS.
// The host's own name may be short: it is searched as resolv.conf(5) says.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return cmd.Silent(cmd.ExitPermanent)
	}
	resolver := dns.System(p.Getenv)
	list, err := addresses(resolver, p.Args[0])
	if err != nil {
		return remote.LookupFailed(err)
	}
	if len(list) == 0 {
		return cmd.Say(cmd.ExitPermanent, "no IP addresses")
	}
	name, err := resolver.PTR(list[0])
	if err != nil {
		return remote.LookupFailed(err)
	}
	return remote.Print(p, []byte(dns.Escape(name)+"\n"))
}

func addresses(r *dns.Resolver, host string) ([]netip.Addr, error) {
	if ip, ok := remote.Literal(host); ok {
		return []netip.Addr{ip}, nil
	}
	return r.Search(host)
}
