package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io/fs"
	"strconv"
	"strings"

	"qmailkit/internal/sasl"
	"qmailkit/remote/smtpd"
)

const (
	replyLoggedIn  = "235 ok, go ahead (#2.0.0)"
	replyDenied    = "535 authentication failed (#5.7.1)"
	replyMalformed = "501 malformed auth input (#5.5.4)"
	replyCancelled = "501 auth exchange cancelled (#5.0.0)"
	replyUnknown   = "504 auth type unimplemented (#5.5.1)"
	replyEncrypt   = "538 auth is not available without TLS (#5.7.11)"
	replyNobody    = "454 unable to check that now (#4.3.0)"
)

// scramTable is the table of qmail-scram, below the control folder.
const scramTable = "scram.cdb"

// mechanisms are those that EHLO names: none where a password could be seen.
func (a *access) mechanisms(c *smtpd.Client) []string {
	if !c.Secure && !a.open {
		return nil
	}
	return a.sasl().Mechanisms(a.auth)
}

// exchange serves AUTH mechanism [initial-response].
func (a *access) exchange(c *smtpd.Client, argument string, ask func(string) (string, error)) (*smtpd.Login, string, error) {
	if !c.Secure && !a.open {
		return nil, replyEncrypt, nil
	}
	name, initial, given := strings.Cut(strings.TrimRight(argument, " "), " ")
	x, err := a.sasl().Start(name, a.auth)
	if err != nil {
		return nil, a.failure(err), nil
	}
	var response []byte
	if given {
		if initial == "=" { // there is one, and it is empty
			initial = ""
		}
		if response, err = decode(initial); err != nil {
			return nil, replyMalformed, nil
		}
	}
	for {
		challenge, done, err := x.Next(response)
		if err != nil {
			return nil, a.failure(err), nil
		}
		if done {
			return &smtpd.Login{User: x.User(), Method: strings.ToLower(name), Relay: true}, replyLoggedIn, nil
		}
		line, err := ask(base64.StdEncoding.EncodeToString(challenge))
		switch {
		case err != nil:
			return nil, "", err
		case line == "*":
			return nil, replyCancelled, nil
		}
		if response, err = decode(line); err != nil {
			return nil, replyMalformed, nil
		}
	}
}

// decode never returns nil for a response, be it empty.
func decode(text string) ([]byte, error) {
	b := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(b, []byte(text))
	return b[:n], err
}

func (a *access) failure(err error) string {
	switch {
	case errors.Is(err, sasl.ErrDenied):
		return replyDenied
	case errors.Is(err, sasl.ErrSyntax):
		return replyMalformed
	case errors.Is(err, sasl.ErrUnknown):
		return replyUnknown
	}
	a.say(noPrivate, err)
	return replyNobody
}

// sasl is the server as the connection is now.
func (a *access) sasl() *sasl.Server {
	s := &sasl.Server{Verifiers: a.verifiers(), Challenge: a.challenge}
	if a.program != nil {
		s.Check = sasl.Checker(a.p, a.program)
	}
	if a.secure != nil {
		s.Binding = a.secure.Binding
	}
	return s
}

func (a *access) verifiers() *sasl.Verifiers {
	if a.looked {
		return a.table
	}
	a.looked = true
	path := a.p.InHome("control", scramTable)
	table, err := sasl.OpenVerifiers(path)
	if err == nil {
		a.table = table
	} else if !errors.Is(err, fs.ErrNotExist) {
		a.say(noTable+path+": ", err)
	}
	return a.table
}

// challenge is never the same (RFC 2195 2).
func (a *access) challenge() string {
	var b [12]byte
	rand.Read(b[:]) // it never fails
	host, _, _ := strings.Cut(a.host, " ")
	return "<" + strconv.Itoa(a.p.Pid) + "." + strconv.FormatInt(a.p.Now().Unix(), 10) + "." + hex.EncodeToString(b[:]) + "@" + host + ">"
}
