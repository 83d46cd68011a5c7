package main

import (
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/getopt"
	"qmailkit/internal/newcdb"
)

const synopsis = "qmail-newmvrt [ -c ]"

// mode lets qmail-smtpd read the recipients.
const mode = 0o644

const source = "control/morevalidrcptto"

// Run replaces control/morevalidrcptto.cdb, or with -c control/validrcptto.cdb,
// whose records are of the form of the jms1 patch.
func Run(p *cmd.Proc) error {
	table := newcdb.Table{Source: source, Temporary: source + ".tmp", Database: source + ".cdb", Mode: mode}
	opts := getopt.New("c", p.Args)
	for opts.Next() {
		table.Temporary, table.Database, table.Record = "control/validrcptto.tmp", "control/validrcptto.cdb", marked
	}
	if opts.Err != nil || len(opts.Args) > 0 {
		return p.Misuse(opts.Problem(p.Name), synopsis)
	}
	return table.Make(p)
}

// marked makes data of the dash that says that there is no such recipient.
func marked(line string) (key, data string, err error) {
	key, refused := strings.CutPrefix(control.Fold(line), "-")
	if refused {
		data = "-"
	}
	return key, data, nil
}
