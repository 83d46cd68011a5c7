package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It listens to whoever may reach it, and hands messages to the queue.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		math/bits errors sync/atomic sync io iter unicode unicode/utf8 bytes strings bufio path cmp slices syscall
		time io/fs os qmailkit/internal/addr path/filepath qmailkit/internal/errstr qmailkit/internal/home
		qmailkit/internal/cmd qmailkit/internal/plain strconv qmailkit/internal/control qmailkit/internal/date822
		qmailkit/internal/message qmailkit/internal/mess822 qmailkit/inject math reflect encoding/binary qmailkit/internal/durable
		qmailkit/internal/cdb qmailkit/internal/printable qmailkit/internal/queuewire qmailkit/internal/qclient sort
		golang.org/x/sys/unix context os/signal qmailkit/internal/sys qmailkit/internal/timeoutio
		qmailkit/internal/ucspi weak unique net/netip qmailkit/internal/child golang.org/x/net/dns/dnsmessage
		math/rand/v2 qmailkit/internal/sock qmailkit/internal/dns qmailkit/internal/ipme qmailkit/internal/rcpthosts
		regexp/syntax regexp qmailkit/remote/smtpd`)
}
