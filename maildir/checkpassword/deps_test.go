package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It runs as root on what strangers say: no network, nothing but hashes and
// the user database.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context crypto crypto/... encoding/base64 encoding/binary encoding/hex errors fmt
		github.com/GehirnInc/crypt github.com/GehirnInc/crypt/common github.com/GehirnInc/crypt/internal
		github.com/GehirnInc/crypt/md5_crypt github.com/GehirnInc/crypt/sha256_crypt
		github.com/GehirnInc/crypt/sha512_crypt golang.org/x/crypto/bcrypt golang.org/x/crypto/blowfish
		golang.org/x/sys/unix hash io io/fs iter math math/big math/bits math/rand math/rand/v2 os os/exec os/signal
		path path/filepath qmailkit/internal/cdb qmailkit/internal/child qmailkit/internal/cmd
		qmailkit/internal/durable qmailkit/internal/errstr qmailkit/internal/home qmailkit/internal/nss
		qmailkit/internal/passwd qmailkit/internal/plain qmailkit/internal/sys qmailkit/internal/unixcrypt reflect
		slices sort strconv strings sync sync/atomic syscall time unicode unicode/utf8`)
}
