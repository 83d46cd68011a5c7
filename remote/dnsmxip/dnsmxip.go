package main

import (
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/internal/ipme"
	"qmailkit/remote"
)

// Run prints the addresses that take mail for the domain that its argument
// names, each with the preference of its exchanger, in the order in which
// qmail-remote would try them.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return cmd.Silent(cmd.ExitPermanent)
	}
	local, err := ipme.Addrs()
	if err != nil {
		return remote.LookupFailed(err)
	}
	list, err := remote.Exchangers(dns.System(p.Getenv), p.Args[0], ipme.HasIPv6(local))
	if err != nil && err != remote.ErrNoExchanger {
		return remote.LookupFailed(err)
	}
	var b []byte
	for _, t := range list {
		b = append(t.IP.AppendTo(b), ' ')
		b = append(strconv.AppendInt(b, int64(t.Preference), 10), '\n')
	}
	return remote.Print(p, b)
}
