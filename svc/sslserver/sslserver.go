package main

import (
	"crypto/tls"
	"crypto/x509"
	"strconv"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/listen"
	"qmailkit/internal/peer"
	"qmailkit/internal/ssl"
	"qmailkit/internal/tcpopt"
)

const (
	letters = "3IiEeSsAanNT:w:"

	usage = "sslserver [ -13UXpPhHrRoOdDqQviIeEsSaAnN ] [ -c limit ] [ -x rules.cdb ] [ -B banner ] [ -g gid ] [ -u uid ] " +
		"[ -b backlog ] [ -l localname ] [ -t timeout ] [ -T ssltimeout ] [ -w progtimeout ] host port program"

	defaultHandshake = 26 * time.Second
	defaultIdle      = time.Hour

	passwordFD = 3

	// defaultCert is below the qmail home: certificate and key.
	defaultCert = "control/servercert.pem"
)

type server struct {
	listen.Server
	certificates bool // clients have to show one
	tellTLS      bool // -s
	tellTCP      bool // -e
	delayed      bool // -n
	early        bool // -a: certificates are read before the user changes
	password     bool // -3
	handshake    time.Duration
	idle         time.Duration

	pair   *tls.Certificate
	chain  []*x509.Certificate
	roots  *x509.CertPool
	depth  int
	config *tls.Config
}

// Run takes connections to the host and port that its arguments name, and runs
// a program for each, until it gets a SIGTERM.
func Run(p *cmd.Proc) error {
	s := &server{handshake: defaultHandshake, idle: defaultIdle}
	options, problem, ok := listen.Parse(p, letters, s.set)
	if !ok {
		return p.Misuse(problem, usage)
	}
	s.Options, s.P, s.BannerLate = options, p, true
	s.Prepare = s.load
	s.PrepareLate = !s.early
	s.Variables = func(ends *peer.Peer, env *peer.Env) {
		mapped := s.Family == peer.IPv6
		env.Set("PROTO", "SSL")
		ends.Variables(env, "SSL", mapped)
		if s.tellTCP {
			ends.Variables(env, "TCP", mapped)
		}
	}
	s.Serve = s.serve
	return s.Server.Run()
}

func (s *server) set(opt byte, arg string) {
	switch opt {
	case '3':
		s.password = true
	case 'I', 'i':
		s.certificates = opt == 'i'
	case 'E', 'e':
		s.tellTCP = opt == 'e'
	case 'S', 's':
		s.tellTLS = opt == 's'
	case 'A', 'a':
		s.early = opt == 'a'
	case 'N', 'n':
		s.delayed = opt == 'n'
	case 'T':
		s.handshake, _ = tcpopt.Seconds(arg)
	case 'w':
		s.idle, _ = tcpopt.Seconds(arg)
	}
}

// load reads certificates and keys.
func (s *server) load() error {
	p := s.P
	file := func(name, otherwise string) string {
		if v, set := p.LookupEnv(name); set {
			otherwise = v
		}
		if otherwise == "" {
			return ""
		}
		return p.Path(otherwise)
	}
	s.depth = 1
	if v, set := p.LookupEnv("VERIFYDEPTH"); set {
		s.depth, _ = strconv.Atoi(v)
	}
	var password []byte
	if s.password {
		var err error
		f := p.FD(passwordFD)
		if password, err = ssl.Password(f); err != nil {
			return s.Fatal("unable to read password: " + err.Error())
		}
		f.Close()
	}
	cert := file("CERTFILE", p.InHome(defaultCert))
	if chain := file("CERTCHAINFILE", ""); chain != "" {
		cert = chain
	}
	var err error
	if s.pair, err = ssl.Pair(cert, file("KEYFILE", ""), password); err != nil {
		return s.Fatal(err.Error())
	}
	for _, der := range s.pair.Certificate {
		if c, err := x509.ParseCertificate(der); err == nil {
			s.chain = append(s.chain, c)
		}
	}
	s.config = &tls.Config{Certificates: []tls.Certificate{*s.pair}, MinVersion: tls.VersionTLS12}
	if s.certificates {
		s.config.ClientAuth = tls.RequestClientCert
		if s.roots, err = ssl.Authorities(file("CAFILE", ""), file("CADIR", "")); err != nil {
			return s.Fatal(err.Error())
		}
		s.config.ClientCAs = s.roots
		if named := file("CCAFILE", ""); named != "" {
			if s.config.ClientCAs, err = ssl.Authorities(named, ""); err != nil {
				return s.Fatal("unable to load client CA list")
			}
		}
	}
	s.tellUnused()
	return nil
}

// tellUnused names the settings that have no effect.
func (s *server) tellUnused() {
	for _, name := range []string{"CIPHERS", "DHFILE"} {
		if s.P.Getenv(name) != "" && s.Level >= tcpopt.Errors {
			s.P.Stderr.WriteString(s.P.Name + ": warning: " + name + " is not used: crypto/tls chooses ciphers and temporary keys\n")
		}
	}
}
