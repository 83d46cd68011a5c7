package main

import (
	"errors"
	"io/fs"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/local"
)

// who finds the user in charge of box: in users/cdb, if there is one, else by
// asking qmail-getpw. A code other than 0 is that of the report.
func (s *spawner) who(box string) (answer []byte, code int) {
	users, err := cdb.Open(s.proc.InHome("users", "cdb"))
	if err == nil {
		defer users.Close()
		answer, found, err := local.FindUser(users, box)
		if err != nil {
			return nil, local.CodeCDB
		}
		if found {
			return answer, 0
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, local.CodeCDB
	}
	answer, code = s.ask(box)
	if code != 0 && code != cmd.ExitPermanent && fixed(code) == "" {
		code = local.CodeSystem // it does not say that there is nobody
	}
	return answer, code
}
