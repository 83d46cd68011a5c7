package main

import (
	"errors"
	"io"
	"io/fs"

	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/local"
)

// maxAnswer bounds what qmail-getpw may say.
const maxAnswer = 1 << 20

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
	return s.ask(box)
}

// ask asks qmail-getpw, which has no rights at all.
func (s *spawner) ask(box string) (answer []byte, code int) {
	child, err := s.start([]string{getpw, box}, s.null, s.asker, s.nofiles, false)
	var pipe *pipeError
	switch {
	case errors.As(err, &pipe):
		return nil, local.CodeSystem
	case err != nil:
		return nil, local.CodeGetpw
	}
	answer, rerr := io.ReadAll(io.LimitReader(child.pipe, maxAnswer))
	code, ok := child.wait()
	if !ok || rerr != nil {
		return nil, local.CodeSystem
	}
	if code != 0 && code != cmd.ExitPermanent && fixed(code) == "" {
		return nil, local.CodeSystem // it does not say that there is nobody
	}
	return answer, code
}
