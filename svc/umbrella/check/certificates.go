package check

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"qmailkit/internal/tlsconf"
)

// soon is how long before its end a certificate is to be renewed.
const soon = 21 * 24 * time.Hour

// certificates looks at those that are shown, and at what others' are held to.
func (c *checker) certificates() {
	c.pair(c.path("control", "servercert.pem"), "TLS with clients fails, and those that insist on it do not send their mail", c.me)
	c.pair(c.path("control", "clientcert.pem"), "TLS with hosts that ask for it fails", "")
	found, _ := filepath.Glob(c.path("control", "servercerts", "*"))
	for _, dir := range found {
		path := filepath.Join(dir, "servercert.pem")
		if _, err := os.Stat(path); missing(err) {
			c.risk("certificate-missing", path, "there is no such file", "clients that ask for this name get another certificate", "ls -l "+quote(dir))
			continue
		}
		c.pair(path, "TLS with clients that ask for this name fails", filepath.Base(dir))
		if fi, err := os.Stat(path); err == nil && fi.Mode().Perm()&0o004 != 0 {
			c.risk("secret-open", path, "everybody may read it", "it holds a key", "chmod 0640 "+quote(path))
		}
	}
	authorities, _ := filepath.Glob(c.path("control", "tlshosts", "*.pem"))
	for _, path := range append(authorities, c.path("control", "clientca.pem")) {
		c.authority(path)
	}
	c.revoked(c.path("control", "clientcrl.pem"))
	warnings := tlsconf.NewServer(c.dir, func(string) string { return "" }).Warnings()
	for _, line := range append(warnings, tlsconf.Client{Dir: c.dir}.Warnings()...) {
		c.note("tls-unused", string(c.dir), line, "it belongs to a patch of the C programs", "qmail migrate --dry-run   # tells what becomes of files of patches")
	}
}

// pair looks at a certificate with its key; name is what it should be for.
func (c *checker) pair(path, why, name string) {
	_, _, err := c.look(path)
	if missing(err) {
		return
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return // controlFile has told
	}
	show := "openssl x509 -noout -dates -subject -in " + quote(path)
	pair, err := tls.X509KeyPair(data, data)
	if err != nil {
		c.risk("certificate", path, "it cannot be used: "+reason(err), why, show)
		return
	}
	cert, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		c.risk("certificate", path, "it cannot be used: "+reason(err), why, show)
		return
	}
	now := c.Proc.Now()
	switch {
	case now.After(cert.NotAfter):
		c.risk("certificate-expired", path, "it has expired on "+day(cert.NotAfter), why, show)
	case now.Before(cert.NotBefore):
		c.risk("certificate-early", path, "it is not valid before "+day(cert.NotBefore), why, show)
	case now.Add(soon).After(cert.NotAfter):
		c.risk("certificate-soon", path, fmt.Sprintf("it expires on %s, in %d days", day(cert.NotAfter), int(cert.NotAfter.Sub(now).Hours()/24)), why, show)
	}
	if name != "" && cert.VerifyHostname(name) != nil {
		c.risk("certificate-name", path, "it is not for "+name, "clients that look find that it is another host's", show)
	}
}

func day(t time.Time) string { return t.UTC().Format("2006-01-02") }

func (c *checker) authority(path string) {
	if _, _, err := c.look(path); err != nil {
		return
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return
	}
	show := "openssl x509 -noout -dates -subject -in " + quote(path)
	valid := false
	count := 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			continue
		}
		count++
		valid = valid || c.Proc.Now().Before(cert.NotAfter)
	}
	switch {
	case count == 0:
		c.risk("authority", path, "there is no certificate in it", "TLS that it is for fails", show)
	case !valid:
		c.risk("authority-expired", path, "all authorities in it have expired", "no certificate is taken", show)
	}
}

func (c *checker) revoked(path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		return
	}
	c.report.Looked++
	show := "openssl crl -noout -nextupdate -in " + quote(path)
	count := 0
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		list, err := x509.ParseRevocationList(block.Bytes)
		if err != nil {
			continue
		}
		count++
		if c.Proc.Now().After(list.NextUpdate) {
			c.risk("crl-expired", path, "a list in it was valid until "+day(list.NextUpdate), "no certificate of this authority is taken", show)
		}
	}
	if count == 0 {
		c.risk("crl", path, "there is no list of revoked certificates in it", "no certificate of a client is taken", show)
	}
}
