package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It makes the deliveries of qmail-remote, so it is made of that and of what
// the spawners have in common.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context errors io io/fs iter math math/bits math/rand/v2 net/netip os os/signal path
		path/filepath slices strconv strings sync sync/atomic syscall time unicode unicode/utf8 unique weak
		encoding/binary golang.org/x/sys/unix reflect sort
		golang.org/x/net/dns/dnsmessage
		crypto crypto/... vendor/golang.org/x/... hash hash/... math/big math/rand container/list net net/url fmt maps
		encoding encoding/... unicode/utf16 embed runtime/cgo
		qmailkit/internal/addr qmailkit/internal/build qmailkit/internal/cdb qmailkit/internal/child qmailkit/internal/cmd
		qmailkit/internal/control qmailkit/internal/dns qmailkit/internal/durable qmailkit/internal/errstr
		qmailkit/internal/home qmailkit/internal/ids qmailkit/internal/ipme qmailkit/internal/lock
		qmailkit/internal/netstring qmailkit/internal/passwd qmailkit/internal/plain qmailkit/internal/printable
		qmailkit/internal/program qmailkit/internal/sasl qmailkit/internal/sasl/rules qmailkit/internal/smtpwire
		qmailkit/internal/sock qmailkit/internal/spawn qmailkit/internal/stamp qmailkit/internal/sys qmailkit/internal/tcpto
		qmailkit/internal/tlsconf qmailkit/qmtp qmailkit/remote qmailkit/remote/client`)
}
