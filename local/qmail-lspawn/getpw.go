package main

import (
	"errors"

	"qmailkit/internal/program"
	"qmailkit/internal/resident"
	"qmailkit/internal/users"
)

// maxAnswer bounds what qmail-getpw may say.
const maxAnswer = 1 << 20

// ask asks qmail-getpw, which runs without any rights, for the user in charge
// of box.
func (s *spawner) ask(box string) (answer []byte, code int) {
	id := program.ID(s.proc.InHome(getpw))
	for range 2 { // one that has stayed may have been killed meanwhile
		answer, code, err := s.getpw.Do(s.proc, s.credential(s.asker, s.nofiles), id, []string{getpw, box}, -1)
		switch {
		case err == nil:
			return answer, code
		case errors.As(err, new(*resident.StartError)):
			return nil, users.CodeGetpw
		}
	}
	return nil, users.CodeSystem
}
