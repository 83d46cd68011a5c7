package main

import (
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/setup"
)

const usage = "config-fast fqdn"

// Run writes me, defaultdomain and plusdomain for the name that is its first
// argument, and adds that to locals and rcpthosts.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 || p.Args[0] == "" {
		return p.Usage(usage)
	}
	fqdn := p.Args[0]
	p.Stdout.WriteString("Your fully qualified host name is " + fqdn + ".\n")
	if err := setup.Names(p, fqdn); err != nil {
		return err
	}
	for _, file := range []string{"locals", "rcpthosts"} {
		p.Stdout.WriteString("Putting " + fqdn + " into control/" + file + "...\n")
		if err := setup.Write(p, file, fqdn+"\n", os.O_APPEND); err != nil {
			return err
		}
	}
	p.Stdout.WriteString(setup.OnlyTo + fqdn + ".\n" + setup.WarnRcpthosts + "\n")
	return nil
}
