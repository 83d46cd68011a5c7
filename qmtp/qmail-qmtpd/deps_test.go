package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// Strangers speak to it: no network of its own, no fmt, nothing but QMTP, the list of
// hosts and the way into the queue.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp encoding/binary errors io io/fs iter math math/bits os path path/filepath reflect
		slices strconv strings sync sync/atomic syscall time unicode unicode/utf8
		qmailkit/internal/cdb qmailkit/internal/brief qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/plain qmailkit/internal/date822
		qmailkit/internal/durable qmailkit/internal/errstr qmailkit/internal/home
		qmailkit/internal/netstring qmailkit/internal/qclient qmailkit/internal/queuewire qmailkit/internal/rcpthosts
		qmailkit/internal/ucspi qmailkit/qmtp`)
}
