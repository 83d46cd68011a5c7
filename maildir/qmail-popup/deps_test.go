package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It listens to strangers before anybody has a password, and as root: what TLS needs, and nothing else of the network.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		crypto crypto/... vendor/golang.org/x/... math/bits errors sync/atomic sync io unicode/utf8 path cmp iter
		slices syscall time io/fs os unicode bytes strings bufio path/filepath qmailkit/internal/errstr
		qmailkit/internal/home qmailkit/internal/cmd math strconv reflect encoding/binary sort golang.org/x/sys/unix
		context os/signal qmailkit/internal/sys qmailkit/internal/child qmailkit/internal/plain
		qmailkit/internal/control qmailkit/internal/pop3 qmailkit/internal/timeoutio hash container/list math/rand/v2
		fmt math/rand math/big weak unicode/utf16 encoding/asn1 encoding/hex encoding/base64 encoding/pem maps unique
		net/netip runtime/cgo net net/url qmailkit/internal/tlsconf`)
}
