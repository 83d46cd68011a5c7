package listentest

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"net"
	"os"
	"path/filepath"
	"testing"

	"qmailkit/internal/certtest"
)

// Certificate makes a certificate that name has signed for itself, good for
// either side, with its key in the same file.
func Certificate(t testing.TB, name string) (path string) {
	t.Helper()
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: name, Organization: []string{"Test"}},
		IsCA:    true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	if ip := net.ParseIP(name); ip != nil {
		template.IPAddresses = []net.IP{ip}
	}
	path = filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(path, []byte(certtest.Make(t, template).PEM()), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
