package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It runs as the user that it serves: no network, no cryptography.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		math/bits errors sync/atomic sync io iter unicode unicode/utf8 bytes strings bufio path cmp slices syscall
		time io/fs os path/filepath qmailkit/internal/errstr qmailkit/internal/home qmailkit/internal/brief qmailkit/internal/cmd
		qmailkit/internal/plain strconv qmailkit/internal/control qmailkit/internal/pop3 math reflect encoding/binary
		sort golang.org/x/sys/unix context os/signal qmailkit/internal/sys qmailkit/internal/timeoutio
		qmailkit/internal/child qmailkit/internal/durable qmailkit/internal/printable qmailkit/maildir`)
}
