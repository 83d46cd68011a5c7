package tlsconf

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"path/filepath"
	"strings"
	"time"

	"qmailkit/internal/control"
)

// Why a client's certificate does not let it relay.
var (
	ErrUnasked  = errors.New("the client has shown no certificate")
	ErrRevoked  = errors.New("the certificate has been revoked")
	ErrStaleCRL = errors.New("the revocation list is out of date")
	ErrNoEmail  = errors.New("the certificate names no e-mail address")
	ErrUnlisted = errors.New("the certificate's address is not in tlsclients")
)

type crlCache = cache[[]*x509.RevocationList]

// Session is a connection of a Server after the handshake.
type Session struct {
	*tls.Conn
	server *Server
	shown  *tls.Certificate
}

// Description says what a Received field tells of the connection: version and
// cipher suite, "TLSv1.3 TLS_AES_128_GCM_SHA256".
func (s *Session) Description() string {
	state := s.ConnectionState()
	return strings.Replace(tls.VersionName(state.Version), "TLS ", "TLSv", 1) + " " + tls.CipherSuiteName(state.CipherSuite)
}

// Relay returns the address in the client's certificate if that lets the
// client relay: the certificate is one of the authorities' in clientca.pem,
// not revoked by clientcrl.pem, and an address in it is listed in tlsclients.
// An error is the reason why not; it harms nothing else.
func (s *Session) Relay(now time.Time) (address string, err error) {
	dir := s.server.dir
	lines, listed, err := control.Dir(dir).Lines(tlsClients)
	if err != nil {
		return "", err
	}
	if !listed {
		return "", ErrUnlisted
	}
	certs := s.ConnectionState().PeerCertificates
	if len(certs) == 0 {
		return "", ErrUnasked
	}
	authorities, found, err := s.server.pools.get(filepath.Join(dir, clientCA))
	if err != nil {
		return "", err
	}
	if !found {
		return "", ErrUnasked
	}
	chain, err := certs[0].Verify(x509.VerifyOptions{
		Roots: authorities.CertPool, Intermediates: intermediates(certs), CurrentTime: now,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return "", err
	}
	revoked, found, err := s.server.crls.get(filepath.Join(dir, clientCRL))
	if err != nil {
		return "", err
	}
	if found {
		if err := check(chain[0], revoked, now); err != nil {
			return "", err
		}
	}
	return match(certs[0], control.NewSet(lines))
}

func intermediates(certs []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, c := range certs[1:] {
		pool.AddCert(c)
	}
	return pool
}

// check looks for the certificates of a chain in the lists that their issuers
// have signed. An issuer without a list has revoked nothing.
func check(chain []*x509.Certificate, lists []*x509.RevocationList, now time.Time) error {
	for i, cert := range chain[:len(chain)-1] {
		issuer := chain[i+1]
		for _, list := range lists {
			if string(list.RawIssuer) != string(issuer.RawSubject) || list.CheckSignatureFrom(issuer) != nil {
				continue
			}
			if !list.NextUpdate.IsZero() && now.After(list.NextUpdate) {
				return ErrStaleCRL
			}
			for _, entry := range list.RevokedCertificateEntries {
				if entry.SerialNumber.Cmp(cert.SerialNumber) == 0 {
					return ErrRevoked
				}
			}
		}
	}
	return nil
}

// emailAddress is PKCS #9's attribute of a subject.
const emailAddress = "1.2.840.113549.1.9.1"

// match returns the certificate's first address that is listed.
func match(cert *x509.Certificate, listed control.Map) (string, error) {
	addresses := append([]string{}, cert.EmailAddresses...)
	for _, name := range cert.Subject.Names {
		if text, ok := name.Value.(string); ok && name.Type.String() == emailAddress {
			addresses = append(addresses, text)
		}
	}
	for _, a := range addresses {
		if listed.Has(a) {
			return a, nil
		}
	}
	if len(addresses) == 0 {
		return "", ErrNoEmail
	}
	return "", ErrUnlisted
}

// Binding returns the data that ties an authentication to this connection, by
// the name of its type: tls-exporter (RFC 9266), tls-server-end-point or
// tls-unique (RFC 5929). nil is a type that this connection does not have.
func (s *Session) Binding(name string) []byte {
	var shown []byte
	if s.shown != nil {
		shown = s.shown.Certificate[0]
	}
	return binding(s.ConnectionState(), shown, name)
}

// Binding is a client's Session.Binding.
func Binding(conn *tls.Conn, name string) []byte {
	state := conn.ConnectionState()
	return binding(state, state.PeerCertificates[0].Raw, name)
}

func binding(state tls.ConnectionState, shown []byte, name string) []byte {
	switch name {
	case "tls-exporter":
		if data, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32); err == nil {
			return data
		}
	case "tls-unique":
		if state.Version < tls.VersionTLS13 && len(state.TLSUnique) > 0 {
			return state.TLSUnique
		}
	case "tls-server-end-point":
		if shown != nil {
			return endPoint(shown)
		}
	}
	return nil
}

// endPoint hashes a certificate by the hash of its own signature, but nothing
// below SHA-256 (RFC 5929 4.1).
func endPoint(der []byte) []byte {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil
	}
	hash := crypto.SHA256
	switch cert.SignatureAlgorithm {
	case x509.SHA384WithRSA, x509.SHA384WithRSAPSS, x509.ECDSAWithSHA384:
		hash = crypto.SHA384
	case x509.SHA512WithRSA, x509.SHA512WithRSAPSS, x509.ECDSAWithSHA512:
		hash = crypto.SHA512
	case x509.PureEd25519:
		return nil // it has no hash of its own
	}
	h := hash.New()
	h.Write(der)
	return h.Sum(nil)
}
