package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"strings"
	"time"

	"qmailkit/internal/listen"
	"qmailkit/internal/ssl"
	"qmailkit/internal/sys"
)

// serve serves one connection until it ends.
func (s *server) serve(c *listen.Conn) {
	if s.delayed {
		s.serveDelayed(c)
		return
	}
	plain, err := ssl.Conn(c.FD)
	if err != nil {
		c.Drop("unable to set socket options", err)
		return
	}
	conn, what, err := s.secure(c, plain)
	if err != nil {
		plain.Close()
		c.Drop(what, cause(err))
		return
	}
	c.Say("ssl", "accept "+conn.cipher())
	if s.tellTLS {
		conn.variables(c.Env.Set)
	}
	inR, inW, outR, outW, err := pipes()
	if err != nil {
		plain.Close()
		c.Drop("unable to create pipe", err)
		return
	}
	conn.Write([]byte(s.Banner)) // a client that does not take it is noticed later
	gone := make(chan struct{})
	started := c.Start(func() { close(gone) }, int(inR.Fd()), int(outW.Fd()))
	inR.Close()
	outW.Close()
	if !started {
		inW.Close()
		outR.Close()
		plain.Close()
		return
	}
	ssl.Pump(conn.Conn, inW, outR, gone, s.idle)
}

// serveDelayed leaves the connection to the program until that asks for TLS,
// by a byte on the descriptor SSLCTLFD: y, or Y to be told of the certificates
// in return. From then on it reads and writes by two other descriptors.
func (s *server) serveDelayed(c *listen.Conn) {
	inR, inW, outR, outW, err := pipes()
	if err != nil {
		c.Drop("unable to create pipe", err)
		return
	}
	defer inW.Close()
	defer outR.Close()
	control, theirs, err := sys.SocketPair()
	if err != nil {
		inR.Close()
		outW.Close()
		c.Drop("unable to create pipe", err)
		return
	}
	defer control.Close()
	c.Env.Set("SSLCTLFD", "3")
	c.Env.Set("SSLREADFD", "4")
	c.Env.Set("SSLWRITEFD", "5")
	gone := make(chan struct{})
	started := c.Start(func() { close(gone) }, c.FD, c.FD, int(theirs.Fd()), int(inR.Fd()), int(outW.Fd()))
	for _, f := range []*os.File{theirs, inR, outW} {
		f.Close()
	}
	word := make([]byte, 1)
	if !started {
		return
	}
	if n, err := control.Read(word); n == 0 || err != nil || word[0] != 'y' && word[0] != 'Y' {
		return // it can do without
	}
	plain, err := ssl.Conn(c.FD)
	if err != nil {
		c.Warn("unable to set socket options", err)
		return
	}
	defer plain.Close()
	conn, what, err := s.secure(c, plain)
	if err != nil {
		c.Warn(what, cause(err))
		return
	}
	if word[0] == 'Y' {
		control.WriteString(conn.block())
	}
	ssl.Pump(conn.Conn, inW, outR, gone, s.idle)
}

// secured is a connection that is secure.
type secured struct {
	*tls.Conn
	server *server
	state  tls.ConnectionState
}

// secure makes TLS of plain, and looks at the client's certificate. what says
// what has failed.
func (s *server) secure(c *listen.Conn, plain net.Conn) (conn *secured, what string, err error) {
	plain.SetDeadline(time.Now().Add(s.handshake))
	tlsConn := tls.Server(plain, s.config)
	if err := tlsConn.Handshake(); err != nil {
		return nil, "unable to SSL accept", err
	}
	plain.SetDeadline(time.Time{})
	conn = &secured{tlsConn, s, tlsConn.ConnectionState()}
	if !s.certificates {
		return conn, "", nil
	}
	host := c.Peer.RemoteHost.Text
	switch err := ssl.Verify(conn.state, s.roots, s.depth, x509.ExtKeyUsageClientAuth, host); {
	case err == nil:
		return conn, "", nil
	case errors.Is(err, ssl.ErrNone):
		what = "no client certificate"
	case errors.Is(err, ssl.ErrName):
		what = "client name does not match certificate"
	default:
		what = "unable to verify client certificate"
	}
	return nil, what, errRefused
}

// errRefused stands for a reason that has been told already.
var errRefused = errors.New("refused")

func cause(err error) error {
	if errors.Is(err, errRefused) {
		return nil
	}
	return err
}

func (c *secured) cipher() string {
	return tls.VersionName(c.state.Version) + " " + ssl.Cipher(c.state)
}

func (c *secured) variables(set func(name, value string)) {
	verified := "NONE"
	if c.server.certificates {
		verified = "SUCCESS"
	}
	set("SSL_CLIENT_VERIFY", verified)
	var client []*x509.Certificate
	if c.server.certificates {
		client = c.state.PeerCertificates
	}
	ssl.Variables(c.state, client, c.server.chain, set)
}

// block is the answer to Y: variables, each with a NUL behind it, and a NUL.
func (c *secured) block() string {
	var b strings.Builder
	c.variables(func(name, value string) { b.WriteString(name + "=" + value + "\x00") })
	return b.String() + "\x00"
}

// pipes returns one to the program and one from it.
func pipes() (inR, inW, outR, outW *os.File, err error) {
	if inR, inW, err = os.Pipe(); err != nil {
		return
	}
	if outR, outW, err = os.Pipe(); err != nil {
		inR.Close()
		inW.Close()
	}
	return
}
