// Package certtest makes certificates. Tests only.
package certtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// Pair is a certificate with its key.
type Pair struct {
	Cert, Key string // in PEM form
	TLS       tls.Certificate
}

// PEM is both in one text, as the programs read it.
func (p *Pair) PEM() string { return p.Cert + p.Key }

// Make makes a certificate like c that has signed itself. Where c says nothing
// of it, it is good from an hour ago for two.
func Make(t testing.TB, c *x509.Certificate) *Pair {
	t.Helper()
	p, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// New is Make where there is no test yet.
func New(c *x509.Certificate) (*Pair, error) {
	if c.SerialNumber == nil {
		c.SerialNumber = big.NewInt(1)
	}
	if c.NotAfter.IsZero() {
		c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	der, err := x509.CreateCertificate(rand.Reader, c, c, &key.PublicKey, key)
	if err != nil {
		return nil, err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	p := &Pair{Cert: block("CERTIFICATE", der), Key: block("PRIVATE KEY", secret)}
	p.TLS, err = tls.X509KeyPair([]byte(p.Cert), []byte(p.Key))
	return p, err
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
