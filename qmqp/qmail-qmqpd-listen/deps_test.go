package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// Strangers speak to it: what qmail-qmqpd and tcpserver are made of, and nothing
// else.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding/binary errors fmt io io/fs iter maps math math/bits math/rand/v2 net net/netip
		os os/signal path path/filepath reflect runtime/cgo runtime/debug slices sort strconv strings sync sync/atomic syscall
		time unicode unicode/utf8 unique vendor/golang.org/x/net/dns/dnsmessage weak
		golang.org/x/net/dns/dnsmessage golang.org/x/sys/unix
		qmailkit/internal/cdb qmailkit/internal/child qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/date822
		qmailkit/internal/dns qmailkit/internal/durable qmailkit/internal/errstr qmailkit/internal/getopt qmailkit/internal/hold
		qmailkit/internal/home qmailkit/internal/ident qmailkit/internal/ids qmailkit/internal/listen qmailkit/internal/netstring
		qmailkit/internal/nss qmailkit/internal/passwd qmailkit/internal/peer qmailkit/internal/plain qmailkit/internal/program qmailkit/internal/qclient
		qmailkit/internal/queuewire qmailkit/internal/sock qmailkit/internal/standing qmailkit/internal/request qmailkit/internal/stay qmailkit/internal/sys qmailkit/internal/tcpopt qmailkit/internal/tcprules
		qmailkit/internal/ucspi qmailkit/qmqp qmailkit/qmqp/front`)
}
