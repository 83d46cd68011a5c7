package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It looks at what strangers write to: no network; fmt and os/exec come with asking
// getent(1).
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding/binary errors fmt io io/fs iter math math/bits os os/exec os/signal path
		path/filepath reflect slices sort strconv strings sync sync/atomic syscall time unicode unicode/utf8
		golang.org/x/sys/unix
		qmailkit/internal/cdb qmailkit/internal/child qmailkit/internal/brief qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/durable
		qmailkit/internal/errstr qmailkit/internal/home qmailkit/internal/ids qmailkit/internal/nss
		qmailkit/internal/passwd qmailkit/internal/plain qmailkit/internal/program qmailkit/internal/request qmailkit/internal/resident qmailkit/internal/sys qmailkit/internal/users`)
}
