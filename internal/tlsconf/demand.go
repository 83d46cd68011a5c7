package tlsconf

import (
	"crypto"
	_ "crypto/sha1" // fingerprints that are written down somewhere
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"
)

// Demand is what else is wanted of TLS with a host, besides the control folder's
// own files: of s/qmail's, for one. Paths are as a program in the home has them.
type Demand struct {
	Never       bool
	Must        bool
	Authorities string // a file, or a folder with a slash at its end, of certificates that vouch for the host's
	Name        string // what the host's certificate must be for; "" is anything
	Fingerprint string // of the host's certificate, in hexadecimal, by SHA-1, -224, -256 or -512
	Depth       int    // how many certificates may stand in between; -1 is any number
	Cert, Key   string // files to use instead of clientcert.pem
}

// Why a host's certificate is not what is wanted.
var (
	ErrFingerprint = errors.New("the certificate has another fingerprint")
	ErrDepth       = errors.New("too many certificates between the host's and an authority's")
	errNoFolder    = errors.New("no certificate in the folder")
)

// With returns p with the demand met too. What is demanded goes before what p
// would rather avoid.
func (p Policy) With(d Demand) Policy {
	home := filepath.Dir(filepath.Dir(p.certPath))
	inHome := func(path string) string {
		if path == "" || filepath.IsAbs(path) {
			return path
		}
		folder := strings.HasSuffix(path, "/")
		if path = filepath.Join(home, path); folder {
			path += "/"
		}
		return path
	}
	d.Authorities = inHome(d.Authorities)
	if d.Must {
		p.Avoid = false
	}
	p.Avoid = p.Avoid || d.Never && !p.Verify
	p.Verify = p.Verify || d.Authorities != "" || d.Name != "" || d.Fingerprint != ""
	if d.Cert != "" {
		p.certPath, p.keyPath = inHome(d.Cert), inHome(d.Key)
	}
	p.demand = d
	return p
}

// verify checks a host's certificate against the demand. A name without
// authorities to vouch for it is taken on the certificate's word.
func (d Demand) verify(state tls.ConnectionState, authorities *x509.CertPool) error {
	cert := state.PeerCertificates[0]
	if d.Fingerprint != "" && fingerprint(cert.Raw, len(d.Fingerprint)) != d.Fingerprint {
		return ErrFingerprint
	}
	if authorities != nil {
		chains, err := cert.Verify(x509.VerifyOptions{Roots: authorities, Intermediates: intermediates(state.PeerCertificates)})
		if err != nil {
			return err
		}
		if d.Depth >= 0 && !within(chains, d.Depth) {
			return ErrDepth
		}
	}
	if d.Name != "" {
		return names(cert, d.Name)
	}
	return nil
}

// within tells whether one of the chains has no more than depth certificates
// between its ends.
func within(chains [][]*x509.Certificate, depth int) bool {
	for _, chain := range chains {
		if len(chain)-2 <= depth {
			return true
		}
	}
	return false
}

// fingerprint hashes a certificate by the hash that has so many digits.
func fingerprint(der []byte, digits int) string {
	for _, h := range []crypto.Hash{crypto.SHA1, crypto.SHA224, crypto.SHA256, crypto.SHA512} {
		if h.Size()*2 == digits && h.Available() {
			w := h.New()
			w.Write(der)
			return hex.EncodeToString(w.Sum(nil))
		}
	}
	return ""
}

// trusted reads the authorities of a file, or of all files of a folder.
func trusted(path string) (*x509.CertPool, error) {
	if !strings.HasSuffix(path, "/") {
		data, err := read(path)
		if err != nil {
			return nil, fault(path, err)
		}
		authorities, err := parsePool(data)
		return authorities.CertPool, fault(path, err)
	}
	files, err := os.ReadDir(path)
	if err != nil {
		return nil, fault(path, err)
	}
	all, any := x509.NewCertPool(), false
	for _, f := range files {
		if data, err := read(filepath.Join(path, f.Name())); err == nil && all.AppendCertsFromPEM(data) {
			any = true
		}
	}
	if !any {
		return nil, fault(path, errNoFolder)
	}
	return all, nil
}
