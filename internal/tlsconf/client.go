package tlsconf

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"

	"qmailkit/internal/control"
)

// The files of a client, below the control folder.
const (
	clientCert = "clientcert.pem"
	tlsHosts   = "tlshosts"
	exhaustive = "exhaustivelist"
	noTLSHosts = "notlshosts"
	autoNoTLS  = "notlshosts_auto"
)

// ErrName is a certificate for another host than the one connected to.
var ErrName = errors.New("the certificate is not that host's")

// Client is TLS for a client of the control folder.
type Client struct{ Dir control.Dir }

// Warnings names the settings that are there and have no effect, a line each.
// A delivery has nobody to tell them to: qmail(8), check, does.
func (c Client) Warnings() []string { return warnings(string(c.Dir), unusedByClient[:]) }

// Policy is what a client does about TLS with one host.
type Policy struct {
	Host   string // the host's name in small letters; "" for an address
	Avoid  bool   // do not use TLS, though the host offers it
	Verify bool   // no mail without TLS and a certificate as CAFile, or a Demand, wants it
	CAFile string // the authorities for this host, where tlshosts has them

	// Sessions keeps sessions to go on with, by the hosts' names; nil is none.
	// It is not used where there is a certificate to show.
	Sessions tls.ClientSessionCache

	demand            Demand
	certPath, keyPath string
}

// For returns the policy for the host that a mail exchanger's name, or "" for
// a bare address, stands for: TLS is used wherever it is offered, and not
// verified, unless tlshosts/HOST.pem demands it, or tlshosts/exhaustivelist or
// notlshosts/HOST forbids it.
func (c Client) For(host string) (Policy, error) {
	dir := string(c.Dir)
	p := Policy{Host: control.Fold(strings.TrimSuffix(host, ".")), certPath: filepath.Join(dir, clientCert), demand: Demand{Depth: -1}}
	named := hostname(p.Host)
	if !named {
		p.Host = ""
	}
	if named {
		path := filepath.Join(dir, tlsHosts, p.Host+".pem")
		there, err := exists(path)
		if err != nil {
			return p, err
		}
		if there {
			p.Verify, p.CAFile = true, path
			return p, nil
		}
		if p.Avoid, err = exists(filepath.Join(dir, noTLSHosts, p.Host)); p.Avoid || err != nil {
			return p, err
		}
	}
	var err error
	p.Avoid, err = exists(filepath.Join(dir, tlsHosts, exhaustive))
	return p, err
}

// Remember makes notlshosts/HOST where notlshosts_auto says so: the next try
// after a handshake that failed is made without TLS. made tells whether it
// did.
func (c Client) Remember(p Policy) (made bool, err error) {
	n, _, err := c.Dir.Int(autoNoTLS)
	if err != nil || n == 0 || p.Host == "" || p.Verify {
		return false, err
	}
	path := filepath.Join(string(c.Dir), noTLSHosts, p.Host)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return false, fault(path, err)
	}
	return true, f.Close()
}

// Handshake makes conn a TLS connection to the policy's host.
func (p Policy) Handshake(conn net.Conn) (*tls.Conn, error) {
	config, err := p.config()
	if err != nil {
		return nil, err
	}
	c := tls.Client(conn, config)
	if err := c.Handshake(); err != nil {
		return nil, err
	}
	return c, nil
}

func (p Policy) config() (*tls.Config, error) {
	config := &tls.Config{
		ServerName: p.Host,
		MinVersion: tls.VersionTLS12,
		// Without a file for the host nobody has said whom to trust, and TLS
		// that is not verified is better than none. With one, verify decides.
		InsecureSkipVerify: true,
	}
	pair, err := p.own()
	if err != nil {
		return nil, err
	}
	switch {
	case pair != nil:
		config.Certificates = []tls.Certificate{*pair}
	case p.Host != "":
		config.ClientSessionCache = p.Sessions
	}
	if !p.Verify {
		return config, nil
	}
	var authorities, others *x509.CertPool
	if p.CAFile != "" {
		if authorities, err = trusted(p.CAFile); err != nil {
			return nil, err
		}
	}
	if p.demand.Authorities != "" {
		if others, err = trusted(p.demand.Authorities); err != nil {
			return nil, err
		}
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if authorities != nil {
			if err := p.verify(state, authorities); err != nil {
				return err
			}
		}
		return p.demand.verify(state, others)
	}
	return config, nil
}

// own returns the certificate to show, nil for none.
func (p Policy) own() (*tls.Certificate, error) {
	data, err := read(p.certPath)
	if missing(err) && p.keyPath == "" {
		return nil, nil
	}
	if err != nil {
		return nil, fault(p.certPath, err)
	}
	if p.keyPath != "" && p.keyPath != p.certPath {
		key, err := read(p.keyPath)
		if err != nil {
			return nil, fault(p.keyPath, err)
		}
		data = append(append(data, '\n'), key...)
	}
	pair, err := parsePair(data)
	return pair, fault(p.certPath, err)
}

// verify checks the host's certificate and that it names the host; one without
// alternative names may do so in its common name, as private authorities'
// certificates have long done.
func (p Policy) verify(state tls.ConnectionState, roots *x509.CertPool) error {
	cert := state.PeerCertificates[0]
	if _, err := cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: intermediates(state.PeerCertificates)}); err != nil {
		return err
	}
	return names(cert, p.Host)
}

func names(cert *x509.Certificate, host string) error {
	if len(cert.DNSNames)+len(cert.IPAddresses)+len(cert.EmailAddresses)+len(cert.URIs) == 0 {
		if control.Fold(cert.Subject.CommonName) != host {
			return ErrName
		}
		return nil
	}
	if cert.VerifyHostname(host) != nil {
		return ErrName
	}
	return nil
}
