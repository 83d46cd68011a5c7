package sasl

import (
	"strings"
)

// plain is RFC 4616: authorization identity, NUL, user, NUL, password.
type plain struct {
	decide func(user, password string) (name string, err error)
	user   string
}

func (x *plain) User() string { return x.user }

func (x *plain) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil {
		return []byte{}, false, nil
	}
	parts := strings.Split(string(response), "\x00")
	if len(response) > MaxResponse || len(parts) != 3 || parts[1] == "" {
		return nil, false, ErrSyntax
	}
	if parts[0] != "" && parts[0] != parts[1] {
		return nil, false, ErrDenied // nobody may act for another
	}
	x.user, err = x.decide(parts[1], parts[2])
	return nil, true, err
}

// login is what clients did before there was PLAIN: it asks for the user, then
// for the password. The user may be in the initial response.
type login struct {
	decide  func(user, password string) (name string, err error)
	user    string
	hasUser bool
	asked   bool
}

func (x *login) User() string { return x.user }

func (x *login) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && !x.asked {
		x.asked = true
		return []byte("Username:"), false, nil
	}
	if !clean(response) {
		return nil, false, ErrSyntax
	}
	x.asked = true
	if !x.hasUser {
		if len(response) == 0 {
			return nil, false, ErrSyntax
		}
		x.user, x.hasUser = string(response), true
		return []byte("Password:"), false, nil
	}
	x.user, err = x.decide(x.user, string(response))
	return nil, true, err
}

// cram is RFC 2195: the client proves that it knows the password of a user by
// a digest of the challenge.
type cram struct {
	check     func(user, password, challenge string) error
	challenge string
	user      string
	asked     bool
}

func (x *cram) User() string { return x.user }

func (x *cram) Next(response []byte) (challenge []byte, done bool, err error) {
	if !x.asked {
		x.asked = true
		if len(response) > 0 {
			return nil, false, ErrSyntax // the server speaks first
		}
		return []byte(x.challenge), false, nil
	}
	text := string(response)
	space := strings.LastIndexByte(text, ' ')
	if !clean(response) || space <= 0 || space == len(text)-1 {
		return nil, false, ErrSyntax
	}
	x.user = text[:space]
	return nil, true, x.check(x.user, text[space+1:], x.challenge)
}

// clean tells whether a response can be handed on between NULs.
func clean(b []byte) bool {
	return len(b) <= MaxResponse && !strings.Contains(string(b), "\x00")
}
