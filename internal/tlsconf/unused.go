package tlsconf

import (
	"os"
	"path/filepath"
)

// Why a setting of a patch for the C programs has no effect.
const (
	isNotUsed = " is not used: "
	byCiphers = "crypto/tls chooses ciphers and temporary keys"
	byVersion = "TLS 1.2 and TLS 1.3 are spoken"
	byServer  = "the certificate is that of " + serverCert
	byClient  = "the certificate is that of " + clientCert
)

// unused is a file below the control folder without effect.
type unused struct{ name, why string }

var (
	unusedByServer = [...]unused{
		{"tlsserverciphers", byCiphers}, {"tlsciphers", byCiphers}, {"tlsdheparams", byCiphers}, {"tlsservermethod", byVersion}, {"smtpcert", byServer},
		// What older versions of OpenSSL wanted.
		{"rsa512.pem", byCiphers}, {"dh512.pem", byCiphers}, {"dh1024.pem", byCiphers}, {"rsa2048.pem", byCiphers}, {"dh2048.pem", byCiphers},
		{"rsa4096.pem", byCiphers}, {"dh4096.pem", byCiphers},
	}
	unusedByClient = [...]unused{
		{"tlsclientciphers", byCiphers}, {"tlsremoteciphers", byCiphers}, {"tlsclientmethod", byVersion}, {"remotecert", byClient},
	}
)

func warnings(dir string, files []unused) (lines []string) {
	for _, f := range files {
		path := filepath.Join(dir, f.name)
		if _, err := os.Stat(path); err == nil {
			lines = append(lines, path+isNotUsed+f.why)
		}
	}
	return lines
}
