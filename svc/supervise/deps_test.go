package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It runs as root for years: nothing but the system's calls and the rules of a
// service.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding/binary encoding/hex errors fmt golang.org/x/sys/unix io io/fs iter math
		math/bits os os/exec os/signal path path/filepath qmailkit/internal/child qmailkit/internal/cmd
		qmailkit/internal/errstr qmailkit/internal/home qmailkit/internal/lock qmailkit/internal/nss
		qmailkit/internal/passwd qmailkit/internal/plain qmailkit/internal/small qmailkit/internal/sys
		qmailkit/internal/tai64 qmailkit/svc reflect runtime/debug slices sort strconv strings sync sync/atomic
		syscall time unicode unicode/utf8`)
}
