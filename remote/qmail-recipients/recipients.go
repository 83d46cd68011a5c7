package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/newcdb"
)

const source = "users/recipients"

// mode lets qmail-smtpd read the recipients.
const mode = 0o644

// Run replaces users/recipients.cdb at once. On an error it is left as it was.
func Run(p *cmd.Proc) error {
	return newcdb.Table{Source: source, Temporary: source + ".tmp", Database: source + ".cdb", Mode: mode, Record: record}.Make(p)
}

// record has the key that fastforward(1) gives to an address.
func record(line string) (key, data string, err error) { return ":" + control.Fold(line), "", nil }
