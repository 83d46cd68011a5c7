package secure

import (
	"errors"
	"strconv"
	"strings"

	"qmailkit/internal/cdb"
	"qmailkit/internal/printable"
	"qmailkit/internal/sasl"
	"qmailkit/internal/unixcrypt"
)

// expires is the variable of an entry that says when its password ends, in
// seconds since 1970.
const expires = "PASSWORD_EXPIRES"

// checkTable decides by the table that AUTH_CDB names, of the jms1 patch: the
// key is the user, the data a hash of crypt(3) and variables, `hash,A="1",B="2"`.
// The variables of the last user that it has let in are kept.
func (l *layer) checkTable(user, password, challenge string) error {
	l.variables = nil
	if challenge != "" { // the answer to it cannot be checked by a hash
		return sasl.ErrDenied
	}
	table, err := cdb.Open(l.Table)
	if err != nil {
		return err
	}
	defer table.Close()
	data, found, err := table.Find([]byte(user))
	if err != nil {
		return err
	}
	hash, rest, _ := strings.Cut(string(data), ",")
	if !found || hash == "" {
		return sasl.ErrDenied
	}
	ok, err := unixcrypt.Match(password, hash)
	if err != nil {
		return errors.New(l.Table + ": " + printable.Replace(user, '?') + ": " + err.Error())
	}
	variables, end := entryVariables(rest)
	if !ok || end != 0 && end <= l.Proc.Now().Unix() {
		return sasl.ErrDenied
	}
	l.variables = variables
	return nil
}

// entryVariables reads the variables of an entry as "NAME=value", up to what
// is none. end is when the password ends; 0 is never.
func entryVariables(text string) (variables []string, end int64) {
	for text != "" {
		name, rest, found := strings.Cut(strings.TrimPrefix(text, ","), `="`)
		value, after, closed := strings.Cut(rest, `"`)
		if !found || !closed || name == "" || strings.ContainsAny(name, "=,") {
			break
		}
		if name == expires {
			n, err := strconv.ParseInt(value, 10, 64)
			if err != nil {
				n = 1 // what cannot be read has passed
			}
			end = n
		}
		variables = append(variables, name+"="+value)
		text = after
	}
	return variables, end
}
