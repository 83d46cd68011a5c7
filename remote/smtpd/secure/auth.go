package secure

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
	"qmailkit/remote/smtpd/front"
)

const (
	replyLoggedIn  = "235 ok, go ahead (#2.0.0)"
	replyDenied    = "535 authentication failed (#5.7.1)"
	replyMalformed = "501 malformed auth input (#5.5.4)"
	replyCancelled = "501 auth exchange cancelled (#5.0.0)"
	replyUnknown   = "504 auth type unimplemented (#5.5.1)"
	replyNobody    = "454 unable to check that now (#4.3.0)"
)

// Mechanisms is front.More's.
func (l *layer) Mechanisms(*smtpd.Client) []string { return l.sasl().Mechanisms(l.Auth) }

// Exchange is front.More's.
func (l *layer) Exchange(c *smtpd.Client, argument string, ask func(string) (string, error)) (*smtpd.Login, string, error) {
	name, initial, given := strings.Cut(strings.TrimRight(argument, " "), " ")
	x, err := l.sasl().Start(name, l.Auth)
	if err != nil {
		return nil, l.failure(err), nil
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
			return nil, l.failure(err), nil
		}
		if done {
			login := &smtpd.Login{User: x.User(), Method: strings.ToLower(name), Relay: true}
			if err := l.LoggedIn(login, l.variables); err != nil {
				return nil, smtpd.ReplyFor(err), nil
			}
			return login, replyLoggedIn, nil
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

func (l *layer) failure(err error) string {
	switch {
	case errors.Is(err, sasl.ErrDenied):
		return replyDenied
	case errors.Is(err, sasl.ErrSyntax):
		return replyMalformed
	case errors.Is(err, sasl.ErrUnknown):
		return replyUnknown
	}
	l.say(noPrivate, err)
	return replyNobody
}

// sasl is the server as the connection is now.
func (l *layer) sasl() *sasl.Server {
	s := &sasl.Server{Verifiers: l.verifiers(), Prepare: prepare, Challenge: l.challenge}
	switch {
	case l.Table != "":
		s.Check = l.checkTable
	case l.Program != nil:
		s.Check = sasl.Checker(l.Proc, l.Program)
	}
	if l.session != nil {
		s.Binding = l.session.Binding
	}
	return s
}

func (l *layer) verifiers() *sasl.Verifiers {
	if l.looked {
		return l.table
	}
	l.looked = true
	path := l.Proc.InHome("control", front.ScramTable)
	table, err := sasl.OpenVerifiers(path)
	if err == nil {
		l.table = table
	} else if !errors.Is(err, fs.ErrNotExist) {
		l.say(noTable+path+": ", err)
	}
	return l.table
}

// challenge is never the same (RFC 2195 2).
func (l *layer) challenge() string {
	var b [12]byte
	rand.Read(b[:]) // it never fails
	host, _, _ := strings.Cut(l.Host, " ")
	return "<" + strconv.Itoa(l.Proc.Pid) + "." + strconv.FormatInt(l.Proc.Now().Unix(), 10) + "." + hex.EncodeToString(b[:]) + "@" + host + ">"
}
