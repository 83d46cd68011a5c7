package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// As the system's first process it must not fail: what it needs to see a
// folder change, and what supervise is made of.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding/binary encoding/hex errors fmt github.com/fsnotify/fsnotify
		github.com/fsnotify/fsnotify/internal golang.org/x/sys/unix io io/fs iter math math/bits os os/exec os/signal
		path path/filepath qmailkit/internal/child qmailkit/internal/cmd qmailkit/internal/errstr
		qmailkit/internal/home qmailkit/internal/nss qmailkit/internal/passwd qmailkit/internal/plain
		qmailkit/internal/small qmailkit/internal/sys qmailkit/internal/tai64 qmailkit/internal/watch qmailkit/svc
		reflect runtime/debug slices sort strconv strings sync sync/atomic syscall time unicode unicode/utf8`)
}
