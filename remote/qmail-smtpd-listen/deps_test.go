package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It listens to strangers: what qmail-smtpd-tls and tcpserver are made of, and
// nothing else.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp encoding/binary errors io io/fs iter math math/bits math/rand/v2 net/netip os path path/filepath slices
		reflect regexp regexp/syntax sort strconv strings sync sync/atomic syscall time unicode unicode/utf8 unique weak
		context os/signal golang.org/x/sys/unix golang.org/x/net/dns/dnsmessage runtime/debug
		github.com/GehirnInc/... golang.org/x/crypto/blowfish golang.org/x/crypto/bcrypt golang.org/x/text/unicode/norm golang.org/x/text/transform
		crypto crypto/... vendor/golang.org/x/... hash hash/... math/big math/rand container/list net net/url fmt maps
		encoding encoding/... unicode/utf16 embed runtime/cgo
		qmailkit/internal/cdb qmailkit/internal/child qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/date822
		qmailkit/internal/dns qmailkit/internal/durable qmailkit/internal/errstr qmailkit/internal/getopt qmailkit/internal/hold
		qmailkit/internal/home qmailkit/internal/ident qmailkit/internal/ids qmailkit/internal/ipme qmailkit/internal/listen
		qmailkit/internal/netstring qmailkit/internal/nss qmailkit/internal/passwd qmailkit/internal/peer qmailkit/internal/plain qmailkit/internal/printable qmailkit/internal/program
		qmailkit/internal/qclient qmailkit/internal/queuewire qmailkit/internal/rcptcheck
		qmailkit/internal/rcpthosts qmailkit/internal/sasl qmailkit/internal/sasl/rules qmailkit/internal/sock qmailkit/internal/standing qmailkit/internal/request qmailkit/internal/stay
		qmailkit/internal/sys qmailkit/internal/tcpopt qmailkit/internal/tcprules
		qmailkit/internal/timeoutio qmailkit/internal/tlsconf qmailkit/internal/ucspi qmailkit/internal/unixcrypt
		qmailkit/remote/smtpd qmailkit/remote/smtpd/front qmailkit/remote/smtpd/secure`)
}
