// Package sasl is how a client of SMTP or POP3 says who it is (RFC 4422), from
// both sides: PLAIN, LOGIN and CRAM-MD5, which a server has a checkpassword
// program decide about, and SCRAM-SHA-256 (RFC 7677), which it decides itself
// from a table of verifiers, as it does about PLAIN and LOGIN where there is no
// such program. What passes here is not yet, or no longer, base64.
package sasl

import (
	"errors"
	"slices"
	"strings"

	"qmailkit/internal/sasl/rules"
)

// The mechanisms' names.
const (
	Plain     = "PLAIN"
	Login     = "LOGIN"
	CramMD5   = "CRAM-MD5"
	Scram     = "SCRAM-SHA-256"
	ScramPlus = "SCRAM-SHA-256-PLUS"
)

// Why an exchange fails. Anything else is temporary: it is not known whether
// the client is who it says.
var (
	ErrDenied  = errors.New("authentication failed")  // SMTP says 535
	ErrSyntax  = errors.New("malformed response")     // 501
	ErrUnknown = errors.New("no such mechanism here") // 504
)

// MaxResponse bounds a response, in bytes after base64 has been undone.
const MaxResponse = 12 << 10 // RFC 4954 4

// Exchange is the server's side of one authentication.
type Exchange interface {
	// Next takes a response of the client, the initial one first: nil where
	// there is none. Until done is true challenge is to be sent and answered.
	Next(response []byte) (challenge []byte, done bool, err error)
	// User is who the client is; only once Next has been done without error.
	User() string
}

// Server is what a server knows of its clients.
type Server struct {
	// Check decides by a password, or with a challenge by the answer to it.
	// Its errors are ErrDenied or temporary. nil leaves that to the verifiers,
	// which cannot decide for CRAM-MD5.
	Check func(user, password, challenge string) error
	// Verifiers decides for SCRAM; nil is no SCRAM.
	Verifiers *Verifiers
	// Prepare does to names and passwords that the verifiers decide about what
	// SASLprep (RFC 4013) has done to those in the table. What SASLprep forbids is
	// in none. nil leaves all as it is, which is right for what is ASCII.
	Prepare func(text string) string
	// Challenge makes CRAM-MD5's challenge, "<unique@host>", never the same.
	Challenge func() string
	// Binding is the TLS connection's data for channel binding by type; nil
	// where there is no TLS.
	Binding func(name string) []byte
	// Nonce makes SCRAM's random text; nil is crypto/rand.
	Nonce func() string
}

// Mechanisms lists what the policy and the server's tables allow, as an answer
// to EHLO or CAPA names them.
func (s *Server) Mechanisms(p rules.Rules) (names []string) {
	if p.Off {
		return nil
	}
	if s.Verifiers != nil {
		if s.Binding != nil {
			names = append(names, ScramPlus)
		}
		names = append(names, Scram)
	}
	if s.Check != nil && p.Cram {
		names = append(names, CramMD5)
	}
	if (s.Check != nil || s.Verifiers != nil) && p.Plain {
		names = append(names, Login, Plain)
	}
	return names
}

// decide tells whether a password is the user's, and how to call the user.
func (s *Server) decide(user, password string) (name string, err error) {
	if s.Check != nil {
		return user, s.Check(user, password, "")
	}
	if s.Prepare != nil {
		user, password = s.Prepare(user), s.Prepare(password)
	}
	return user, s.Verifiers.Check(user, password)
}

// Start begins an exchange by the mechanism called name, if p allows it.
func (s *Server) Start(name string, p rules.Rules) (Exchange, error) {
	name = strings.ToUpper(name)
	if !slices.Contains(s.Mechanisms(p), name) {
		return nil, ErrUnknown
	}
	switch name {
	case Plain:
		return &plain{decide: s.decide}, nil
	case Login:
		return &login{decide: s.decide}, nil
	case CramMD5:
		return &cram{check: s.Check, challenge: s.Challenge()}, nil
	}
	return &scram{server: s, plus: name == ScramPlus}, nil
}
