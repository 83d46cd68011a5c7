package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It owns the queue and hears every user: nothing of the network but what its
// socket needs, no parser but that of the envelope.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding/binary errors io io/fs iter math math/bits net net/netip os os/signal os/user path
		path/filepath reflect runtime/cgo slices sort strconv strings sync sync/atomic syscall time unicode unicode/utf8
		unique weak vendor/golang.org/x/net/dns/dnsmessage golang.org/x/sys/unix
		qmailkit/internal/cmd qmailkit/internal/date822 qmailkit/internal/durable qmailkit/internal/errstr
		qmailkit/internal/home qmailkit/internal/homesock qmailkit/internal/ids qmailkit/internal/passwd
		qmailkit/internal/plain qmailkit/internal/queue qmailkit/internal/queuewire qmailkit/internal/sys
		qmailkit/internal/trigger`)
}
