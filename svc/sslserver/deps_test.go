package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It takes connections from strangers, often as root: what tcpserver may be
// made of, and TLS.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context container/list crypto crypto/... embed encoding encoding/... errors fmt hash hash/... io io/fs iter maps
		math math/... net net/netip net/url os os/signal path path/filepath reflect runtime/cgo runtime/debug slices sort strconv
		strings sync sync/atomic syscall time unicode unicode/utf16 unicode/utf8 unique vendor/golang.org/x/... weak
		golang.org/x/net/dns/dnsmessage golang.org/x/sys/unix
		qmailkit/internal/cdb qmailkit/internal/child qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/dns
		qmailkit/internal/durable qmailkit/internal/errstr qmailkit/internal/getopt qmailkit/internal/home qmailkit/internal/ident
		qmailkit/internal/listen qmailkit/internal/peer qmailkit/internal/program qmailkit/internal/plain qmailkit/internal/sock qmailkit/internal/request qmailkit/internal/stay qmailkit/internal/ssl qmailkit/internal/sys
		qmailkit/internal/tcpopt qmailkit/internal/tcprules`)
}
