package tlsconf

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/control"
)

// authority issues certificates.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	next int64
}

func newAuthority(t testing.TB, name string) *authority {
	t.Helper()
	a := &authority{next: 1}
	a.cert, a.key = a.sign(t, &x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	})
	return a
}

func (a *authority) sign(t testing.TB, cert *x509.Certificate) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert.SerialNumber = big.NewInt(a.next)
	a.next++
	cert.NotBefore, cert.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	parent, signer := a.cert, a.key
	if parent == nil {
		parent, signer = cert, key
	}
	der, err := x509.CreateCertificate(rand.Reader, cert, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	made, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return made, key
}

func (a *authority) pem() string { return block("CERTIFICATE", a.cert.Raw) }

// issue returns a certificate and its key in one PEM text.
func (a *authority) issue(t testing.TB, cert *x509.Certificate) string {
	t.Helper()
	made, key := a.sign(t, cert)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return block("CERTIFICATE", made.Raw) + block("PRIVATE KEY", der)
}

func (a *authority) revoke(t testing.TB, next time.Time, serials ...int64) string {
	t.Helper()
	list := &x509.RevocationList{Number: big.NewInt(1), ThisUpdate: time.Now().Add(-2 * time.Hour), NextUpdate: next}
	for _, n := range serials {
		list.RevokedCertificateEntries = append(list.RevokedCertificateEntries,
			x509.RevocationListEntry{SerialNumber: big.NewInt(n), RevocationTime: time.Now()})
	}
	der, err := x509.CreateRevocationList(rand.Reader, list, a.cert, a.key)
	if err != nil {
		t.Fatal(err)
	}
	return block("X509 CRL", der)
}

func block(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}

func forHost(name string) *x509.Certificate {
	return &x509.Certificate{Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}}
}

func none(string) string { return "" }

// meet has client and server shake hands, and the client says a line.
func meet(t testing.TB, s *Server, client func(net.Conn) (*tls.Conn, error)) (session *Session, peer *tls.Conn, serverErr, clientErr error) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	near, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	t.Cleanup(func() { near.Close(); far.Close() })
	done := make(chan struct{})
	go func() {
		defer close(done)
		if session, serverErr = s.Handshake(Stream(far, far)); serverErr != nil {
			far.Close()
			return
		}
		io.ReadFull(session, make([]byte, 2))
	}()
	peer, clientErr = client(near)
	if clientErr == nil {
		_, clientErr = peer.Write([]byte("hi"))
	}
	if clientErr != nil {
		near.Close()
	}
	<-done
	return session, peer, serverErr, clientErr
}

func as(config *tls.Config) func(net.Conn) (*tls.Conn, error) {
	return func(c net.Conn) (*tls.Conn, error) {
		peer := tls.Client(c, config)
		return peer, peer.Handshake()
	}
}

func TestCertificates(t *testing.T) {
	ca := newAuthority(t, "ca")
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{
		"servercert.pem":                         ca.issue(t, forHost("mx.example")),
		"servercerts/two.example/servercert.pem": ca.issue(t, forHost("two.example")),
		"servercerts/bad.example/servercert.pem": "nothing\n",
	})
	s := NewServer(control.Dir(dir), none)
	if !s.Offered() {
		t.Fatal("there is a certificate")
	}
	for asked, shown := range map[string]string{
		"": "mx.example", "other.example": "mx.example", "two.example": "two.example", "TWO.example": "two.example",
		"..": "mx.example", "bad.example": "",
	} {
		session, peer, serverErr, clientErr := meet(t, s, as(&tls.Config{ServerName: asked, InsecureSkipVerify: true}))
		if shown == "" {
			if serverErr == nil || !strings.Contains(serverErr.Error(), "bad.example/servercert.pem") {
				t.Errorf("%q: %v does not name the file", asked, serverErr)
			}
			continue
		}
		if serverErr != nil || clientErr != nil {
			t.Errorf("%q: %v, %v", asked, serverErr, clientErr)
			continue
		}
		if got := peer.ConnectionState().PeerCertificates[0].Subject.CommonName; got != shown {
			t.Errorf("%q is shown %q", asked, got)
		}
		if d := session.Description(); !strings.HasPrefix(d, "TLSv1.3 TLS_") {
			t.Errorf("description %q", d)
		}
	}
}

// A new certificate counts from the next handshake on.
func TestReload(t *testing.T) {
	ca := newAuthority(t, "ca")
	dir := t.TempDir()
	path := filepath.Join(dir, "servercert.pem")
	s := NewServer(control.Dir(dir), none)
	for i, name := range []string{"old.example", "new.example"} {
		clitest.Files(t, dir, map[string]string{"servercert.pem": ca.issue(t, forHost(name))})
		when := time.Unix(int64(1e9+i), 0)
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		_, peer, _, err := meet(t, s, as(&tls.Config{InsecureSkipVerify: true}))
		if err != nil {
			t.Fatal(err)
		}
		if got := peer.ConnectionState().PeerCertificates[0].Subject.CommonName; got != name {
			t.Errorf("%q, want %q", got, name)
		}
	}
}

func TestServerFiles(t *testing.T) {
	dir := t.TempDir()
	s := NewServer(control.Dir(dir), none)
	if s.Offered() || len(s.Warnings()) != 0 {
		t.Error("an empty folder offers or warns")
	}
	near, far := net.Pipe()
	near.Close()
	if _, err := s.Handshake(far); !errors.Is(err, ErrNoCertificate) || !strings.Contains(err.Error(), dir) {
		t.Errorf("no certificate: %v", err)
	}
	if c := (Client{control.Dir(dir)}); len(c.Warnings()) != 0 {
		t.Errorf("an empty folder: %q", c.Warnings())
	}
	clitest.Files(t, dir, map[string]string{"tlsclientciphers": "HIGH\n", "tlsclientmethod": "TLSv1\n", "tlsserverciphers": "HIGH\n", "tlsservermethod": "TLSv1\n", "dh2048.pem": "x", "servercert.pem": "x", "other.pem": "y"})
	s = NewServer(control.Dir(dir), func(name string) string {
		return map[string]string{"TLSCIPHERS": "HIGH", "TLS_SERVER_CERT": dir + "/other.pem"}[name]
	})
	all := strings.Join(s.Warnings(), "\n")
	for _, name := range []string{"TLSCIPHERS is", "/tlsserverciphers is", "/dh2048.pem is", "/tlsservermethod is"} {
		if !strings.Contains(all, name) {
			t.Errorf("%q is not among %q", name, all)
		}
	}
	want := dir + "/tlsclientciphers is not used: crypto/tls chooses ciphers and temporary keys\n" + dir + "/tlsclientmethod is not used: TLS 1.2 and TLS 1.3 are spoken"
	if got := strings.Join(Client{control.Dir(dir)}.Warnings(), "\n"); got != want || strings.Contains(all, "tlsclient") {
		t.Errorf("%q, want %q", got, want)
	}
	if _, err := s.Handshake(far); err == nil || !strings.Contains(err.Error(), "other.pem") {
		t.Errorf("a bad certificate: %v", err)
	}
}

func TestRelay(t *testing.T) {
	ca, stranger := newAuthority(t, "ca"), newAuthority(t, "stranger")
	user := func(a *authority, mail string) string {
		return a.issue(t, &x509.Certificate{EmailAddresses: []string{mail}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	}
	first := ca.next
	good := user(ca, "joe@h.example")
	subject := ca.issue(t, &x509.Certificate{Subject: pkix.Name{ExtraNames: []pkix.AttributeTypeAndValue{{
		Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: "Joe@h.example"}}}})
	future := time.Now().Add(time.Hour)
	for _, c := range []struct {
		name, cert, crl string
		want            string
		err             error
	}{
		{"listed", good, "", "joe@h.example", nil},
		{"in the subject", subject, "", "Joe@h.example", nil},
		{"none", "", "", "", ErrUnasked},
		{"another address", user(ca, "ann@h.example"), "", "", ErrUnlisted},
		{"no address", ca.issue(t, forHost("h.example")), "", "", ErrNoEmail},
		{"not revoked", good, ca.revoke(t, future, 99), "joe@h.example", nil},
		{"revoked", good, ca.revoke(t, future, first), "", ErrRevoked},
		{"revoked by a stranger", good, stranger.revoke(t, future, first), "joe@h.example", nil},
		{"an old list", good, ca.revoke(t, time.Now().Add(-time.Hour), 99), "", ErrStaleCRL},
	} {
		dir := t.TempDir()
		files := map[string]string{"servercert.pem": ca.issue(t, forHost("mx")), "clientca.pem": ca.pem(), "tlsclients": "joe@h.example\n"}
		if c.crl != "" {
			files["clientcrl.pem"] = c.crl
		}
		clitest.Files(t, dir, files)
		session, err := relayWith(t, dir, c.cert)
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got, err := session.Relay(time.Now()); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: %q, %v", c.name, got, err)
		}
	}
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"servercert.pem": ca.issue(t, forHost("mx")), "clientca.pem": ca.pem(), "tlsclients": "joe@h.example\n"})
	session, err := relayWith(t, dir, user(stranger, "joe@h.example"))
	if err != nil {
		t.Fatalf("an unknown authority ends the session: %v", err)
	}
	if got, err := session.Relay(time.Now()); got != "" || err == nil {
		t.Errorf("an unknown authority's client may relay: %q, %v", got, err)
	}
	if _, err := session.Relay(time.Now().Add(24 * time.Hour)); err == nil {
		t.Error("an outdated certificate may relay")
	}
}

func relayWith(t *testing.T, dir, cert string) (*Session, error) {
	t.Helper()
	config := &tls.Config{InsecureSkipVerify: true}
	if cert != "" {
		pair, err := tls.X509KeyPair([]byte(cert), []byte(cert))
		if err != nil {
			t.Fatal(err)
		}
		config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &pair, nil }
	}
	session, _, serverErr, clientErr := meet(t, NewServer(control.Dir(dir), none), as(config))
	return session, errors.Join(serverErr, clientErr)
}

func TestBinding(t *testing.T) {
	ca := newAuthority(t, "ca")
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"servercert.pem": ca.issue(t, forHost("mx"))})
	s := NewServer(control.Dir(dir), none)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		session, peer, _, err := meet(t, s, as(&tls.Config{InsecureSkipVerify: true, MaxVersion: version}))
		if err != nil {
			t.Fatal(err)
		}
		state := peer.ConnectionState()
		want, err := state.ExportKeyingMaterial("EXPORTER-Channel-Binding", nil, 32)
		if got := session.Binding("tls-exporter"); err != nil || !bytes.Equal(got, want) {
			t.Errorf("tls-exporter: %x, client %x, %v", got, want, err)
		}
		if got := session.Binding("tls-unique"); !bytes.Equal(got, state.TLSUnique) || (got == nil) != (version == tls.VersionTLS13) {
			t.Errorf("tls-unique: %x, client %x", got, state.TLSUnique)
		}
		if got := session.Binding("tls-server-end-point"); len(got) != 32 {
			t.Errorf("tls-server-end-point: %x", got)
		}
		if session.Binding("other") != nil {
			t.Error("an unknown type has data")
		}
	}
}

func TestClient(t *testing.T) {
	ca, stranger := newAuthority(t, "ca"), newAuthority(t, "stranger")
	cn := &x509.Certificate{Subject: pkix.Name{CommonName: "MX.example"}}
	server, client := t.TempDir(), t.TempDir()
	clitest.Files(t, client, map[string]string{
		"clientcert.pem": ca.issue(t, &x509.Certificate{EmailAddresses: []string{"me@h.example"}}), "tlshosts/mx.example.pem": ca.pem(),
		"tlshosts/strange.example.pem": stranger.pem(), "tlshosts/broken.example.pem": "x",
	})
	for _, c := range []struct {
		host string
		cert *x509.Certificate
		ok   bool
	}{
		{"mx.example", forHost("mx.example"), true},
		{"MX.Example.", forHost("mx.example"), true},
		{"mx.example", forHost("*.example"), true},
		{"mx.example", cn, true},
		{"mx.example", forHost("other.example"), false},
		{"strange.example", forHost("strange.example"), false},
		{"broken.example", forHost("broken.example"), false},
		{"free.example", forHost("other.example"), true},
		{"", forHost("other.example"), true},
	} {
		clitest.Files(t, server, map[string]string{"servercert.pem": ca.issue(t, c.cert), "clientca.pem": ca.pem(), "tlsclients": "me@h.example"})
		policy, err := Client{control.Dir(client)}.For(c.host)
		if err != nil || policy.Avoid || policy.Verify != (policy.CAFile != "") {
			t.Fatalf("%s: %+v, %v", c.host, policy, err)
		}
		session, _, _, err := meet(t, NewServer(control.Dir(server), none), policy.Handshake)
		if (err == nil) != c.ok {
			t.Errorf("%s by %v: %v", c.host, c.cert.DNSNames, err)
		}
		if err == nil {
			if got, err := session.Relay(time.Now()); got != "me@h.example" {
				t.Errorf("clientcert.pem: %q, %v", got, err)
			}
		}
	}
}

func TestPolicy(t *testing.T) {
	dir := t.TempDir()
	client := Client{control.Dir(dir)}
	expect := func(host string, avoid, verify bool) {
		t.Helper()
		if p, err := client.For(host); err != nil || p.Avoid != avoid || p.Verify != verify {
			t.Errorf("%s: %+v, %v", host, p, err)
		}
	}
	expect("a.example", false, false)
	clitest.Files(t, dir, map[string]string{"tlshosts/v.example.pem": "", "notlshosts/": "", "notlshosts/n.example": "", "notlshosts/v.example": ""})
	expect("v.example", false, true)
	expect("n.example", true, false)
	expect("../../etc", false, false)
	p, _ := client.For("a.example")
	if made, err := client.Remember(p); made || err != nil {
		t.Errorf("without notlshosts_auto: %v, %v", made, err)
	}
	clitest.Files(t, dir, map[string]string{"notlshosts_auto": "1\n"})
	if made, err := client.Remember(p); !made || err != nil {
		t.Errorf("with notlshosts_auto: %v, %v", made, err)
	}
	expect("a.example", true, false)
	clitest.Files(t, dir, map[string]string{"tlshosts/exhaustivelist": ""})
	expect("b.example", true, false)
	expect("", true, false)
	expect("v.example", false, true)
}
