package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It takes the place of qmail-queue.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		math/bits errors sync/atomic sync io cmp iter slices syscall time
		unicode/utf8 path io/fs math strconv weak unique net/netip os
		unicode strings path/filepath qmailkit/internal/errstr qmailkit/internal/home
		qmailkit/internal/brief qmailkit/internal/cmd bytes qmailkit/internal/plain qmailkit/internal/control bufio
		qmailkit/internal/netstring qmailkit/internal/sock encoding/binary golang.org/x/sys/unix reflect sort qmailkit/qmqp`)
}
