package tlsconf

import (
	"crypto/tls"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"

	"qmailkit/internal/control"
)

// The files of a server, below the control folder.
const (
	serverCert  = "servercert.pem"
	serverCerts = "servercerts" // servercerts/FQDN/servercert.pem
	clientCA    = "clientca.pem"
	clientCRL   = "clientcrl.pem"
	tlsClients  = "tlsclients"
	ciphersEnv  = "TLSCIPHERS"
	certEnv     = "TLS_SERVER_CERT"
)

// ErrNoCertificate is a server without servercert.pem.
var ErrNoCertificate = errors.New("no servercert.pem")

// Server is TLS for a server. Many goroutines may use one at once.
type Server struct {
	dir     string
	cert    string // path of the certificate for any name
	ciphers bool   // whether the environment names ciphers

	pairs cache[*tls.Certificate]
	pools cache[pool]
	crls  crlCache
}

// NewServer returns the server of the control folder dir. Of the environment
// it looks at TLS_SERVER_CERT, the path of a certificate to use instead of
// servercert.pem, and TLSCIPHERS. It reads no file.
func NewServer(dir control.Dir, getenv func(name string) string) *Server {
	s := &Server{dir: string(dir), cert: filepath.Join(string(dir), serverCert), ciphers: getenv(ciphersEnv) != ""}
	if path := getenv(certEnv); path != "" {
		s.cert = path
	}
	s.pairs.parse = parsePair
	s.pools.parse = parsePool
	s.crls.parse = parseCRLs
	return s
}

// Offered tells whether there is a certificate to offer TLS with. Whether it
// can be used shows at the handshake.
func (s *Server) Offered() bool {
	_, err := os.Stat(s.cert)
	return err == nil
}

// Warnings names the settings that are there and have no effect, a line each.
func (s *Server) Warnings() (lines []string) {
	if s.ciphers {
		lines = append(lines, ciphersEnv+isNotUsed+byCiphers)
	}
	return append(lines, warnings(s.dir, unusedByServer[:])...)
}

// Ready returns what would be in the way of a handshake: the certificate
// cannot be used. What it reads is kept for the handshake.
func (s *Server) Ready() error {
	_, err := s.config(&Session{server: s})
	return err
}

// Handshake makes conn a TLS connection (RFC 3207, RFC 8314). The client has
// until conn's own time limits.
func (s *Server) Handshake(conn net.Conn) (*Session, error) {
	session := &Session{server: s}
	config, err := s.config(session)
	if err != nil {
		return nil, err
	}
	session.Conn = tls.Server(conn, config)
	if err := session.Conn.Handshake(); err != nil {
		return nil, err
	}
	return session, nil
}

// config is that of one connection: it keeps the certificate shown in session.
func (s *Server) config(session *Session) (*tls.Config, error) {
	def, found, err := s.pairs.get(s.cert)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, fault(s.cert, ErrNoCertificate)
	}
	config := &tls.Config{
		MinVersion: tls.VersionTLS12,
		// A ticket would outlive the process whose key it is.
		SessionTicketsDisabled: true,
		GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
			pair, err := s.named(hello.ServerName)
			if err != nil {
				return nil, err
			}
			if pair == nil {
				pair = def
			}
			session.shown = pair
			return pair, nil
		},
	}
	authorities, found, err := s.pools.get(filepath.Join(s.dir, clientCA))
	if err != nil {
		return nil, err
	}
	if found {
		// A client with a certificate that is worth nothing here is a client
		// without one: it may bring mail, if not relay it.
		config.ClientAuth = tls.RequestClientCert
		config.ClientCAs = authorities.CertPool
	}
	return config, nil
}

// named returns the certificate for the host that a client asks for, nil where
// there is none of that name (RFC 6066 3).
func (s *Server) named(host string) (*tls.Certificate, error) {
	host = control.Fold(strings.TrimSuffix(host, "."))
	if !hostname(host) {
		return nil, nil
	}
	pair, _, err := s.pairs.get(filepath.Join(s.dir, serverCerts, host, serverCert))
	return pair, err
}

// hostname tells whether s is a host's name in small letters, which can be a
// file's name too.
func hostname(s string) bool {
	if s == "" || len(s) > 253 || s[0] == '.' || strings.Contains(s, "..") {
		return false
	}
	for _, c := range []byte(s) {
		if c != '.' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') {
			return false
		}
	}
	return true
}
