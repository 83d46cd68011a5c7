package main

import (
	"errors"
	"io"

	"qmailkit/internal/tlsconf"
	"qmailkit/remote/smtpd"
)

// ready tells whether TLS could begin, and the log why not: the client learns
// no more than that it could not.
func (a *access) ready() error {
	err := a.tls.Ready()
	if err != nil {
		a.say(noTLS, err)
	}
	return err
}

func (a *access) startTLS() (io.ReadWriter, *smtpd.Login, error) {
	login, err := a.handshake()
	if err != nil {
		return nil, nil, err
	}
	return a.secure, login, nil
}

// handshake makes the connection secure. login is the client that its
// certificate lets relay, or nil.
func (a *access) handshake() (login *smtpd.Login, err error) {
	for _, line := range a.tls.Warnings() {
		a.warn(line + "\n")
	}
	a.in.until = a.p.Now().Add(handshakeLimit)
	session, err := a.tls.Handshake(tlsconf.Stream(a.in, a.out))
	if err != nil {
		a.say(noTLS, err)
		return nil, err
	}
	a.in.until = a.p.Now().Add(secureLimit)
	a.secure = session
	address, err := session.Relay(a.p.Now())
	switch {
	case err == nil:
		return &smtpd.Login{User: address, Method: smtpd.Certificate, Relay: true}, nil
	case !errors.Is(err, tlsconf.ErrUnasked) && !errors.Is(err, tlsconf.ErrUnlisted):
		a.say(noRelay, err)
	}
	return nil, nil
}

// close tells the client that nothing more comes.
func (a *access) close() {
	if a.secure != nil {
		a.secure.CloseWrite()
	}
	if a.table != nil {
		a.table.Close()
	}
}
