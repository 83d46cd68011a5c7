package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// A set-uid program: no network, no fmt, no parser but that of the envelope.
// What golang.org/x/sys/unix needs stands in the second line; os/user is
// there on macOS only.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context errors io io/fs iter math/bits os os/signal os/user path path/filepath slices strconv strings
		encoding/binary golang.org/x/sys/unix math reflect sort
		sync sync/atomic syscall time unicode unicode/utf8
		qmailkit/internal/cmd qmailkit/internal/date822 qmailkit/internal/durable qmailkit/internal/errstr
		qmailkit/internal/home qmailkit/internal/ids qmailkit/internal/passwd qmailkit/internal/plain
		qmailkit/internal/queue qmailkit/internal/sys qmailkit/internal/trigger`)
}
