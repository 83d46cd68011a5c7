package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/newcdb"
)

const source = "control/moregoodrcptto"

// mode lets qmail-smtpd read the recipients.
const mode = 0o644

// Run replaces control/moregoodrcptto.cdb at once. On an error it is left as
// it was.
func Run(p *cmd.Proc) error {
	return newcdb.Table{Source: source, Temporary: source + ".tmp", Database: source + ".cdb", Mode: mode}.Make(p)
}
