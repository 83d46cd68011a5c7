package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It runs as root: no network, no fmt, no os/exec.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding/binary errors io io/fs iter math math/bits os os/signal path
		path/filepath reflect slices sort strconv strings sync sync/atomic syscall time unicode unicode/utf8
		golang.org/x/sys/unix
		qmailkit/internal/cdb qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/durable
		qmailkit/internal/errstr qmailkit/internal/home qmailkit/internal/ids qmailkit/internal/passwd
		qmailkit/internal/child qmailkit/internal/plain qmailkit/internal/program qmailkit/internal/request qmailkit/internal/resident qmailkit/internal/spawn qmailkit/internal/sys qmailkit/internal/users`)
}
