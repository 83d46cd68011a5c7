package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It listens to strangers, and asks name servers about them.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		math/bits errors sync/atomic sync io iter unicode unicode/utf8 bytes strings bufio cmp math strconv weak
		unique net/netip path slices syscall time io/fs os path/filepath qmailkit/internal/errstr
		qmailkit/internal/home qmailkit/internal/brief qmailkit/internal/cmd reflect encoding/binary sort golang.org/x/sys/unix context
		os/signal qmailkit/internal/sys qmailkit/internal/child qmailkit/internal/plain qmailkit/internal/control
		golang.org/x/net/dns/dnsmessage math/rand/v2 qmailkit/internal/sock qmailkit/internal/dns
		qmailkit/internal/getopt`)
}
