// Package unixcrypt tells whether a password fits what a password file holds
// in its place, as crypt(3) would.
package unixcrypt

import (
	"crypto/subtle"
	"errors"
	"strings"

	"github.com/GehirnInc/crypt"
	"github.com/GehirnInc/crypt/md5_crypt"
	"github.com/GehirnInc/crypt/sha256_crypt"
	"github.com/GehirnInc/crypt/sha512_crypt"
	"golang.org/x/crypto/bcrypt"
)

// Hashes that nothing can be held against here.
var (
	ErrMethod = errors.New("unknown password hash")
	ErrDES    = errors.New("password hash by DES, which is not supported")
)

// maxPassword bounds a password, in bytes.
const maxPassword = 512

// Match tells whether password fits stored: a hash by yescrypt ($y$), bcrypt
// ($2a$ and the like), SHA-512 ($6$), SHA-256 ($5$) or MD5 ($1$). Nothing fits
// an empty one, or one that starts with '!' or '*': a user who is locked out.
func Match(password, stored string) (bool, error) {
	if stored == "" || stored[0] == '!' || stored[0] == '*' {
		return false, nil
	}
	if len(password) > maxPassword || strings.Contains(password, "\x00") {
		return false, nil
	}
	var method crypt.Crypter
	switch {
	case strings.HasPrefix(stored, yescryptPrefix):
		hash, err := yescrypt(password, stored)
		return err == nil && same(hash, stored), err
	case strings.HasPrefix(stored, "$2"):
		// crypt(3) looks at the first 72 bytes only.
		err := bcrypt.CompareHashAndPassword([]byte(stored), []byte(password[:min(len(password), 72)]))
		if errors.Is(err, bcrypt.ErrMismatchedHashAndPassword) {
			return false, nil
		}
		return err == nil, err
	case strings.HasPrefix(stored, "$6$"):
		method = sha512_crypt.New()
	case strings.HasPrefix(stored, "$5$"):
		method = sha256_crypt.New()
	case strings.HasPrefix(stored, "$1$"):
		method = md5_crypt.New()
	case des(stored):
		return false, ErrDES
	default:
		return false, ErrMethod
	}
	// Its Verify takes the hash for a part of a salt that stands behind rounds.
	hash, err := method.Generate([]byte(password), []byte(stored[:strings.LastIndexByte(stored, '$')]))
	return err == nil && same(hash, stored), err
}

// des tells whether a hash is crypt(3)'s first, or BSDI's longer one.
func des(stored string) bool {
	rest, extended := strings.CutPrefix(stored, "_")
	return (extended && len(rest) == 19 || len(stored) == 13) && strings.Trim(rest, alphabet) == ""
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
