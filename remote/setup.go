package remote

import (
	"net/netip"

	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
)

// LookupFailed ends one of the small lookup programs: in a word, and with 100
// for what does not exist, 111 for what nobody could tell.
func LookupFailed(err error) error {
	if dns.Hard(err) || err == ErrNullMX {
		return cmd.Say(cmd.ExitPermanent, "hard error")
	}
	return cmd.Say(cmd.ExitTemporary, "soft error")
}

// PrintIPv4 writes the IPv4 addresses of list to p's output, each on a line.
func PrintIPv4(p *cmd.Proc, list []netip.Addr) error {
	var b []byte
	for _, ip := range list {
		if ip.Is4() {
			b = append(ip.AppendTo(b), '\n')
		}
	}
	return Print(p, b)
}

// Print writes b to p's output.
func Print(p *cmd.Proc, b []byte) error {
	if _, err := p.Stdout.Write(b); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	return nil
}
