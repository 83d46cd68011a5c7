package main

import (
	"os"

	"qmailkit/internal/cmd"
)

// What patches of the C program act on and this one does not. Whoever moves an
// installation over must not learn it from the mail that comes in.
var (
	foreignFiles = [...]string{
		"dnsbllist", "rbllist", "spfbehavior", "smtpplugins", "policy", "postgrey", "goodrcptto", "badmailfrom-unknown",
		"badmimetypes.cdb", "badloadertypes.cdb",
	}
	foreignVariables = [...]string{
		"RCPTCHECK", "SMTPAUTH", "AUTH_CDB", "SMTPS", "FORCE_TLS", "UCSPITLS", "SPFBEHAVIOR", "DNSBLLIST", "CHKUSER_START", "ENABLE_SPP",
		"HELOCHECK", "MFDNSCHECK", "MFCHECK", "BADMIMETYPE", "BADLOADERTYPE", "POSTGREY",
	}
)

// warn names on standard error what is asked for and not done.
func warn(p *cmd.Proc) {
	for _, file := range foreignFiles {
		if _, err := os.Lstat(p.InHome("control", file)); err == nil {
			p.Stderr.WriteString(p.Name + ": warning: control/" + file + " has no effect\n")
		}
	}
	for _, name := range foreignVariables {
		if _, set := p.LookupEnv(name); set {
			p.Stderr.WriteString(p.Name + ": warning: the variable " + name + " has no effect\n")
		}
	}
}
