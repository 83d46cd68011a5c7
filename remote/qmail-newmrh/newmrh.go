package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/newcdb"
)

const (
	source    = "control/morercpthosts"
	temporary = "control/morercpthosts.tmp"
	database  = "control/morercpthosts.cdb"
)

// mode lets qmail-smtpd read the hosts.
const mode = 0o644

// Run replaces control/morercpthosts.cdb at once. On an error it is left as it
// was.
func Run(p *cmd.Proc) error {
	return newcdb.Table{Source: source, Temporary: temporary, Database: database, Mode: mode}.Make(p)
}
