package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It is started for each connection and listens to strangers: nothing of TLS
// and AUTH, and nothing of package net.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp encoding/binary errors io io/fs iter math math/bits math/rand/v2 net/netip os path path/filepath slices
		reflect regexp regexp/syntax sort strconv strings sync sync/atomic syscall time unicode unicode/utf8 unique weak
		context os/signal golang.org/x/sys/unix golang.org/x/net/dns/dnsmessage
		qmailkit/internal/cdb qmailkit/internal/child qmailkit/internal/brief qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/date822
		qmailkit/internal/dns qmailkit/internal/durable qmailkit/internal/errstr qmailkit/internal/home qmailkit/internal/ipme
		qmailkit/internal/netstring qmailkit/internal/plain qmailkit/internal/printable qmailkit/internal/qclient qmailkit/internal/queuewire qmailkit/internal/rcptcheck
		qmailkit/internal/program qmailkit/internal/rcpthosts qmailkit/internal/sasl/rules qmailkit/internal/sock qmailkit/internal/request qmailkit/internal/stay
		qmailkit/internal/sys
		qmailkit/internal/timeoutio qmailkit/internal/ucspi qmailkit/remote/smtpd qmailkit/remote/smtpd/front`)
}
