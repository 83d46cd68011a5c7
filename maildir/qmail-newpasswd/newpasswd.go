package main

import (
	"errors"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/newcdb"
	"qmailkit/internal/passwd"
)

const source = "users/passwd"

// mode keeps the hashes from all but the owner.
const mode = 0o600

var errFields = errors.New("not name:hash:uid:gid:full name:home:shell")

// Run replaces users/passwd.cdb at once. On an error it is left as it was.
func Run(p *cmd.Proc) error {
	return newcdb.Table{Source: source, Temporary: source + ".tmp", Database: source + ".cdb", Mode: mode, Record: record}.Make(p)
}

// record takes lines of passwd(5) and no others: checkpassword would not let
// their users in.
func record(line string) (key, data string, err error) {
	user, ok := passwd.ParseUser(line)
	if !ok || !strings.HasPrefix(user.Dir, "/") {
		return "", "", errFields
	}
	_, data, _ = strings.Cut(line, ":")
	return user.Name, data, nil
}
