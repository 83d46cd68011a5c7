package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// What the package remote needs for deliveries comes with its reports.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context errors io io/fs iter math math/bits math/rand/v2 net/netip os os/signal path
		path/filepath slices strconv strings sync sync/atomic syscall time unicode unicode/utf8 unique weak
		encoding/base64 encoding/binary golang.org/x/sys/unix reflect sort
		golang.org/x/net/dns/dnsmessage
		qmailkit/internal/addr qmailkit/internal/child qmailkit/internal/cmd qmailkit/internal/control
		qmailkit/internal/dns qmailkit/internal/errstr qmailkit/internal/home qmailkit/internal/ids
		qmailkit/internal/ipme qmailkit/internal/lock qmailkit/internal/netstring qmailkit/internal/passwd qmailkit/internal/plain qmailkit/internal/program qmailkit/internal/resident qmailkit/internal/printable
		qmailkit/internal/smtpwire qmailkit/internal/sock qmailkit/internal/spawn qmailkit/internal/sys
		qmailkit/internal/tcpto qmailkit/qmtp qmailkit/remote`)
}
