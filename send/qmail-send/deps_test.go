package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It has all mail in its hands: no network, no fmt, no parser but those of the queue's
// own files.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding/binary errors io io/fs iter math math/bits os os/signal path
		path/filepath reflect slices sort strconv strings sync sync/atomic syscall time unicode unicode/utf8
		golang.org/x/sys/unix
		qmailkit/internal/addr qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/date822
		qmailkit/internal/durable qmailkit/internal/envelope qmailkit/internal/errstr qmailkit/internal/home
		qmailkit/internal/lock qmailkit/internal/plain qmailkit/internal/qclient qmailkit/internal/queuewire qmailkit/internal/queue qmailkit/internal/spawn
		qmailkit/internal/sys qmailkit/internal/trigger qmailkit/send`)
}
