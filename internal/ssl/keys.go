// Package ssl is what sslserver and sslclient have in common: certificates and
// keys from files, the data between a TLS connection and a program, and what
// the program is told of the connection.
package ssl

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"os"
	"path/filepath"
)

const (
	maxFile     = 4 << 20 // of certificates, in bytes
	maxPassword = 1024
)

// What is wrong with a certificate or a key, in the words of ucspi-ssl.
var (
	ErrCertificate = errors.New("unable to load certificate")
	ErrKey         = errors.New("unable to load key")
	ErrMatch       = errors.New("key does not match certificate")
	ErrCAs         = errors.New("unable to load CA list")
)

// Password reads the password of a key from f, up to a NUL or the end.
func Password(f *os.File) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(f, maxPassword))
	b, _, _ = bytes.Cut(b, []byte{0})
	return b, err
}

// Pair reads a certificate with its chain, and its key: from the same file if
// key is "".
func Pair(cert, key string, password []byte) (*tls.Certificate, error) {
	chain, err := read(cert)
	if err != nil {
		return nil, ErrCertificate
	}
	secret := chain
	if key != "" {
		if secret, err = read(key); err != nil {
			return nil, ErrKey
		}
	}
	if secret = decrypt(secret, password); secret == nil {
		return nil, ErrKey
	}
	if block, _ := pem.Decode(chain); block == nil {
		return nil, ErrCertificate
	}
	pair, err := tls.X509KeyPair(chain, secret)
	if err != nil {
		return nil, ErrMatch
	}
	return &pair, nil
}

// decrypt returns the blocks of data that are keys, the encrypted one in the
// clear; nil if the password is wrong.
func decrypt(data, password []byte) []byte {
	var out []byte
	for {
		var block *pem.Block
		if block, data = pem.Decode(data); block == nil {
			return out
		}
		//lint:ignore SA1019 keys that are protected in this old way are still about
		if x509.IsEncryptedPEMBlock(block) {
			//lint:ignore SA1019 as above
			der, err := x509.DecryptPEMBlock(block, password)
			if err != nil {
				return nil
			}
			block = &pem.Block{Type: block.Type, Bytes: der}
		}
		out = append(out, pem.EncodeToMemory(block)...)
	}
}

// Authorities reads the certificates in file and in the files of the folder
// dir. Either may be "".
func Authorities(file, dir string) (*x509.CertPool, error) {
	pool, found := x509.NewCertPool(), false
	if file != "" {
		data, err := read(file)
		if err != nil || !pool.AppendCertsFromPEM(data) {
			return nil, ErrCAs
		}
		found = true
	}
	if dir != "" {
		names, err := filepath.Glob(filepath.Join(dir, "*"))
		if err != nil {
			return nil, ErrCAs
		}
		for _, name := range names {
			if data, err := read(name); err == nil && pool.AppendCertsFromPEM(data) {
				found = true
			}
		}
	}
	if !found {
		return nil, ErrCAs
	}
	return pool, nil
}

func read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err == nil && len(b) == maxFile {
		err = errors.New(path + " is too long")
	}
	return b, err
}

// Verify verifies the certificate that the other side has shown, for usage,
// with no more than depth authorities between it and one in roots; nil is the
// system's. host, if not "", must be its name or that of one of its names.
func Verify(state tls.ConnectionState, roots *x509.CertPool, depth int, usage x509.ExtKeyUsage, host string) error {
	if len(state.PeerCertificates) == 0 {
		return ErrNone
	}
	cert := state.PeerCertificates[0]
	between := x509.NewCertPool()
	for _, c := range state.PeerCertificates[1:] {
		between.AddCert(c)
	}
	chains, err := cert.Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, KeyUsages: []x509.ExtKeyUsage{usage}})
	if err != nil {
		return ErrUnverified
	}
	within := false
	for _, chain := range chains {
		within = within || len(chain)-2 <= depth
	}
	switch {
	case !within:
		return ErrUnverified
	case host != "" && cert.VerifyHostname(host) != nil && !equalFold(cert.Subject.CommonName, host):
		return ErrName
	}
	return nil
}

// What Verify may say.
var (
	ErrNone       = errors.New("no certificate")
	ErrUnverified = errors.New("unable to verify certificate")
	ErrName       = errors.New("name does not match certificate")
)

func equalFold(a, b string) bool { return bytes.EqualFold([]byte(a), []byte(b)) }
