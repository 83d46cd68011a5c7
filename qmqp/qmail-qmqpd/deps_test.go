package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// Strangers speak to it: no network of its own, no fmt, nothing but QMQP and the way
// into the queue.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp errors io io/fs iter math/bits os path path/filepath slices strconv strings sync
		sync/atomic syscall time unicode unicode/utf8
		qmailkit/internal/brief qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/plain qmailkit/internal/date822 qmailkit/internal/errstr
		qmailkit/internal/home qmailkit/internal/netstring qmailkit/internal/qclient qmailkit/internal/queuewire qmailkit/internal/ucspi
		qmailkit/qmqp qmailkit/qmqp/front`)
}
