package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It takes connections from strangers, often as root: no more of the network
// than addresses, names and connections.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding/binary errors fmt io io/fs iter maps math math/bits math/rand/v2 net net/netip
		os os/signal path path/filepath reflect runtime/cgo runtime/debug slices sort strconv strings sync sync/atomic syscall
		time unicode unicode/utf8 unique vendor/golang.org/x/net/dns/dnsmessage weak
		golang.org/x/net/dns/dnsmessage golang.org/x/sys/unix
		qmailkit/internal/cdb qmailkit/internal/child qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/plain qmailkit/internal/dns
		qmailkit/internal/durable qmailkit/internal/errstr qmailkit/internal/getopt qmailkit/internal/home qmailkit/internal/ident
		qmailkit/internal/listen qmailkit/internal/peer qmailkit/internal/plain qmailkit/internal/program qmailkit/internal/sock qmailkit/internal/request qmailkit/internal/stay qmailkit/internal/sys qmailkit/internal/tcpopt qmailkit/internal/tcprules`)
}
