package main

import (
	"testing"

	"qmailkit/internal/deptest"
)

// It runs as root on what strangers say: no network, nothing but hashes and
// the user database.
func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		math/bits errors sync/atomic sync io unicode/utf8 path cmp iter slices syscall time io/fs os unicode bytes
		strings bufio math strconv reflect encoding/binary path/filepath qmailkit/internal/durable
		qmailkit/internal/cdb qmailkit/internal/errstr qmailkit/internal/home qmailkit/internal/cmd sort
		golang.org/x/sys/unix context os/signal qmailkit/internal/sys qmailkit/internal/child fmt os/exec
		qmailkit/internal/plain qmailkit/internal/passwd qmailkit/internal/nss hash crypto
		crypto/internal/fips140deps/godebug crypto/internal/fips140 crypto/internal/fips140/alias
		crypto/internal/fips140deps/byteorder crypto/internal/fips140deps/cpu crypto/internal/impl
		crypto/internal/fips140/sha256 crypto/internal/constanttime crypto/internal/fips140/subtle
		crypto/internal/fips140/sha3 crypto/internal/fips140/sha512 crypto/internal/fips140/hmac
		crypto/internal/fips140/check crypto/internal/fips140/aes crypto/internal/fips140deps/time
		crypto/internal/entropy/v1.0.0 crypto/internal/sysrand crypto/internal/fips140/drbg
		crypto/internal/fips140/aes/gcm crypto/fips140 crypto/internal/fips140only crypto/subtle crypto/cipher
		crypto/internal/boring/sig crypto/internal/boring crypto/sha3 crypto/internal/fips140hash crypto/hmac
		crypto/internal/fips140/pbkdf2 crypto/pbkdf2 crypto/sha256 math/rand/v2 crypto/internal/randutil
		crypto/internal/rand math/rand math/big crypto/rand github.com/GehirnInc/crypt/common
		github.com/GehirnInc/crypt crypto/md5 github.com/GehirnInc/crypt/internal
		github.com/GehirnInc/crypt/md5_crypt github.com/GehirnInc/crypt/sha256_crypt crypto/sha512
		github.com/GehirnInc/crypt/sha512_crypt encoding/base64 golang.org/x/crypto/blowfish
		golang.org/x/crypto/bcrypt qmailkit/internal/unixcrypt`)
}
