package main

import (
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/tcprules"
)

const (
	usage = "tcprulescheck rules.cdb"

	// defaultIP stands for an address that the environment does not tell.
	defaultIP = "0.0.0.0"
)

// Run looks the client that the environment tells of up in the database that
// its argument names, and reports the rule.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 1 {
		return p.Usage(usage)
	}
	rule, found, err := lookup(p, p.Args[0])
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read "+p.Args[0], err)
	}
	if err := plain.Write(p.Stdout, []byte(report(rule, found))); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	return nil
}

func lookup(p *cmd.Proc, name string) (rule tcprules.Rule, found bool, err error) {
	db, err := tcprules.Open(p.Path(name))
	if err != nil {
		return rule, false, err
	}
	defer db.Close()
	c := tcprules.Client{IP: defaultIP}
	if ip, set := p.LookupEnv("TCPREMOTEIP"); set {
		c.IP = ip
	}
	c.Host, c.HasHost = p.LookupEnv("TCPREMOTEHOST")
	c.Info, c.HasInfo = p.LookupEnv("TCPREMOTEINFO")
	return db.Lookup(c)
}

func report(rule tcprules.Rule, found bool) string {
	var b strings.Builder
	if found {
		b.WriteString("rule " + rule.Address + ":\n")
	} else {
		b.WriteString("default:\n")
	}
	if rule.Deny {
		b.WriteString("deny connection\n")
		return b.String()
	}
	for _, variable := range rule.Env {
		b.WriteString("set environment variable " + variable + "\n")
	}
	b.WriteString("allow connection\n")
	return b.String()
}
