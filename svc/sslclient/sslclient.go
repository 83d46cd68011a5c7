package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strconv"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/dial"
	"qmailkit/internal/peer"
	"qmailkit/internal/ssl"
	"qmailkit/internal/sys"
	"qmailkit/internal/tcpopt"
)

const (
	letters = "3eEsSnNxX0a:A:c:C:k:V:w:"

	usage = "sslclient [ -3hHrRdDqQveEsSnNxX ] [ -i localip ] [ -p localport ] [ -T timeoutconn ] [ -l localname ] [ -t timeoutinfo ] " +
		"[ -a cafile ] [ -A cadir ] [ -c certfile ] [ -C ciphers ] [ -k keyfile ] [ -V verifydepth ] [ -w progtimeout ] host port program"

	defaultIdle = time.Hour
	passwordFD  = 3
)

type client struct {
	p            *cmd.Proc
	tellTLS      bool // -s
	tellTCP      bool // -e
	name, verify bool // what is looked at of the server's certificate
	password     bool // -3
	cafile       string
	cadir        string
	cert, key    string
	ciphers      string
	depth        int
	idle         time.Duration

	*dial.Client
	roots *x509.CertPool // nil is the system's
}

// Run connects to the host and port that its arguments name, and runs the
// program behind them: its exit code is Run's.
func Run(p *cmd.Proc) error {
	c := &client{p: p, name: true, verify: true, depth: 1, idle: defaultIdle}
	options, problem, ok := dial.Parse(p, letters, c.set)
	if !ok {
		return p.Misuse(problem, usage)
	}
	sys.CatchPipe()
	var err error
	if c.Client, err = dial.Connect(p, options); err != nil {
		return err
	}
	if c.ciphers != "" && c.Level >= tcpopt.Errors {
		p.Stderr.WriteString(p.Name + ": warning: ciphers are not used: crypto/tls chooses them\n")
	}
	if err := c.Learn(); err != nil {
		return err
	}
	conn, err := c.secure(options.Host)
	if err != nil {
		return err
	}
	return c.run(conn)
}

func (c *client) set(opt byte, arg string) {
	switch opt {
	case '3':
		c.password = true
	case 'e', 'E':
		c.tellTCP = opt == 'e'
	case 's', 'S':
		c.tellTLS = opt == 's'
	case 'n', 'N':
		c.name = opt == 'n'
	case 'x', 'X':
		c.verify = opt == 'x'
	case 'a':
		c.cafile = arg
	case 'A':
		c.cadir = arg
	case 'c':
		c.cert = arg
	case 'C':
		c.ciphers = arg
	case 'k':
		c.key = arg
	case 'V':
		c.depth, _ = strconv.Atoi(arg)
	case 'w':
		n, _ := strconv.Atoi(arg)
		c.idle = time.Duration(n) * time.Second
	}
}

// secure makes TLS of the connection and looks at the server's certificate.
func (c *client) secure(host string) (*tls.Conn, error) {
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		// Verified below, in the words and to the depth of ucspi-ssl.
		InsecureSkipVerify: true,
	}
	if net.ParseIP(host) == nil {
		config.ServerName = host
	}
	if err := c.load(config); err != nil {
		return nil, err
	}
	plain, err := ssl.Conn(c.FD)
	if err != nil {
		return nil, c.Fatal("unable to set socket options", err)
	}
	plain.SetDeadline(time.Now().Add(c.Timeouts[0] + c.Timeouts[1]))
	conn := tls.Client(plain, config)
	if err := conn.Handshake(); err != nil {
		return nil, c.Fatal("unable to SSL connect", err)
	}
	plain.SetDeadline(time.Time{})
	if c.Level >= tcpopt.Verbose {
		c.p.Stderr.WriteString(c.p.Name + ": ssl connect\n")
	}
	if !c.verify {
		return conn, nil
	}
	if !c.name {
		host = ""
	}
	switch err := ssl.Verify(conn.ConnectionState(), c.roots, c.depth, x509.ExtKeyUsageServerAuth, host); {
	case err == nil:
		return conn, nil
	case errors.Is(err, ssl.ErrNone):
		return nil, c.FatalText("no server certificate")
	case errors.Is(err, ssl.ErrName):
		return nil, c.FatalText("server name does not match certificate")
	}
	return nil, c.FatalText("unable to verify server certificate")
}

// load reads what the options name.
func (c *client) load(config *tls.Config) error {
	var err error
	if c.verify && c.cafile+c.cadir != "" {
		if c.roots, err = ssl.Authorities(c.path(c.cafile), c.path(c.cadir)); err != nil {
			return c.FatalText(err.Error())
		}
	}
	var password []byte
	if c.password {
		if password, err = ssl.Password(c.p.FD(passwordFD)); err != nil {
			return c.Fatal("unable to read password", err)
		}
	}
	if c.cert == "" {
		return nil
	}
	pair, err := ssl.Pair(c.path(c.cert), c.path(c.key), password)
	if err != nil {
		return c.FatalText(err.Error())
	}
	config.Certificates = []tls.Certificate{*pair}
	return nil
}

func (c *client) path(name string) string {
	if name == "" {
		return ""
	}
	return c.p.Path(name)
}

// environment is what the program is told.
func (c *client) environment(conn *tls.Conn) *peer.Env {
	env := &peer.Env{}
	env.Set("PROTO", "SSL")
	c.Peer.Variables(env, "SSL", false)
	if c.tellTCP {
		c.Peer.Variables(env, "TCP", false)
	}
	if c.tellTLS {
		state := conn.ConnectionState()
		ssl.Variables(state, nil, state.PeerCertificates, env.Set)
	}
	return env
}
