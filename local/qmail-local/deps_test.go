package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

func TestImports(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding/binary errors golang.org/x/sys/unix io io/fs iter math math/bits
		os os/signal path path/filepath qmailkit/internal/addr qmailkit/internal/brief qmailkit/internal/cmd
		qmailkit/internal/control qmailkit/internal/plain qmailkit/internal/dotqmail qmailkit/internal/durable qmailkit/internal/envelope
		qmailkit/internal/errstr qmailkit/internal/getopt qmailkit/internal/home qmailkit/internal/lock
		qmailkit/internal/mbox qmailkit/internal/child qmailkit/internal/program qmailkit/internal/printable qmailkit/internal/qclient qmailkit/internal/queuewire qmailkit/internal/request qmailkit/internal/resident qmailkit/internal/sys qmailkit/local
		qmailkit/maildir reflect slices sort strconv strings sync sync/atomic syscall time unicode
		unicode/utf8
	`)
}
