package main

import (
	"errors"
	"io/fs"
	"syscall"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/users"
)

// who finds the user in charge of box: in users/cdb, if there is one, else by
// asking qmail-getpw. A code other than 0 is that of the report.
func (s *spawner) who(box string) (answer []byte, code int) {
	path := s.proc.InHome("users", "cdb")
	var table *cdb.Reader
	err := plain.Stat(path, new(syscall.Stat_t)) // where there is none, as in most homes, that is all
	if err == nil {
		table, err = cdb.Open(path)
	}
	if err == nil {
		defer table.Close()
		answer, found, err := users.Find(table, box)
		if err != nil {
			return nil, users.CodeCDB
		}
		if found {
			return answer, 0
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, users.CodeCDB
	}
	answer, code = s.ask(box)
	if code != 0 && code != cmd.ExitPermanent && fixed(code) == "" {
		code = users.CodeSystem // it does not say that there is nobody
	}
	return answer, code
}
