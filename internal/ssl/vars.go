package ssl

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"strconv"
	"strings"
)

// The object identifiers of the parts of a name that have variables (RFC 4519,
// PKCS #9).
var attributes = []struct{ oid, name string }{
	{"2.5.4.6", "C"}, {"2.5.4.8", "ST"}, {"2.5.4.7", "L"}, {"2.5.4.10", "O"}, {"2.5.4.11", "OU"}, {"2.5.4.3", "CN"},
	{"2.5.4.12", "T"}, {"2.5.4.43", "I"}, {"2.5.4.42", "G"}, {"2.5.4.4", "S"}, {"2.5.4.13", "D"}, {"2.5.4.45", "UID"},
	{"1.2.840.113549.1.9.1", "Email"},
}

const timeForm = "Jan _2 15:04:05 2006 GMT"

// Variables are those of Apache's mod_ssl for a connection whose client and
// server have shown the certificates, the leaf first, if they have.
func Variables(state tls.ConnectionState, client, server []*x509.Certificate, set func(name, value string)) {
	set("SSL_PROTOCOL", protocol(state.Version))
	set("SSL_CIPHER", Cipher(state))
	bits := "128"
	if name := tls.CipherSuiteName(state.CipherSuite); strings.Contains(name, "256") && !strings.Contains(name, "AES_128") {
		bits = "256"
	}
	set("SSL_CIPHER_USEKEYSIZE", bits)
	set("SSL_CIPHER_ALGKEYSIZE", bits)
	set("SSL_CIPHER_EXPORT", "false")
	set("SSL_SESSION_ID", "") // crypto/tls does not tell
	set("SSL_VERSION_INTERFACE", "ucspi-ssl")
	set("SSL_VERSION_LIBRARY", "crypto/tls")
	if state.ServerName != "" {
		set("SSL_TLS_SNI", text(state.ServerName))
	}
	certificate("SSL_CLIENT_", client, set)
	certificate("SSL_SERVER_", server, set)
}

func protocol(version uint16) string {
	return strings.ReplaceAll(tls.VersionName(version), "TLS ", "TLSv")
}

// Cipher is OpenSSL's name of the connection's cipher.
func Cipher(state tls.ConnectionState) string {
	name := tls.CipherSuiteName(state.CipherSuite)
	if state.Version >= tls.VersionTLS13 {
		return name
	}
	return strings.NewReplacer("TLS_RSA_WITH_", "", "TLS_", "", "_WITH_", "-", "AES_", "AES", "_CBC_SHA", "-SHA", "CHACHA20_POLY1305_SHA256",
		"CHACHA20-POLY1305", "_", "-").Replace(name)
}

func certificate(prefix string, chain []*x509.Certificate, set func(name, value string)) {
	if len(chain) == 0 {
		return
	}
	c := chain[0]
	set(prefix+"M_VERSION", strconv.Itoa(c.Version))
	set(prefix+"M_SERIAL", c.SerialNumber.String())
	name(prefix+"S_DN", c.Subject, set)
	name(prefix+"I_DN", c.Issuer, set)
	set(prefix+"V_START", c.NotBefore.UTC().Format(timeForm))
	set(prefix+"V_END", c.NotAfter.UTC().Format(timeForm))
	set(prefix+"A_SIG", c.SignatureAlgorithm.String())
	set(prefix+"A_KEY", c.PublicKeyAlgorithm.String())
	set(prefix+"CERT", encode(c))
	for i, c := range chain[1:] {
		set(prefix+"CERT_CHAIN_"+strconv.Itoa(i), encode(c))
	}
}

func encode(c *x509.Certificate) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}))
}

// name sets a variable for the whole of a name, and one for each part. Of a
// part that is there more than once the last counts.
func name(variable string, n pkix.Name, set func(name, value string)) {
	whole := ""
	for _, part := range n.Names {
		value, ok := part.Value.(string)
		if !ok {
			continue
		}
		value = text(value)
		label := part.Type.String()
		for _, a := range attributes {
			if a.oid == label {
				label = a.name
				set(variable+"_"+label, value)
				break
			}
		}
		if label == "Email" {
			label = "emailAddress"
		}
		whole += "/" + label + "=" + value
	}
	set(variable, whole)
}

// text is s without zero bytes, which no environment can hold.
func text(s string) string { return strings.ReplaceAll(s, "\x00", "?") }
