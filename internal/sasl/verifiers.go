package sasl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/binary"
	"errors"

	"qmailkit/internal/cdb"
)

// Verifier is what a server keeps of a password: enough to recognise who knows
// it, and not enough to pass for them (RFC 5802 3).
type Verifier struct {
	Iterations int
	Salt       []byte
	StoredKey  []byte // of sha256.Size bytes, as is the next
	ServerKey  []byte
}

// How much work a guess at a password is to be.
const (
	MinIterations     = 4096 // RFC 7677 4
	MaxIterations     = 10_000_000
	DefaultIterations = 15_000
	SaltSize          = 16
)

// SecretKey is the key under which a table of verifiers holds a random text of
// its own: it makes salts for users that there are not, so that nobody can
// tell these from the others.
const SecretKey = ""

// ErrTable is a table that holds something else than verifiers.
var ErrTable = errors.New("bad table of verifiers")

// NewVerifier makes the verifier of a password (in the form of SASLprep, RFC
// 4013) with the salt.
func NewVerifier(password string, salt []byte, iterations int) (Verifier, error) {
	salted, err := pbkdf2.Key(sha256.New, password, salt, iterations, sha256.Size)
	if err != nil {
		return Verifier{}, err
	}
	stored := sha256.Sum256(sum(salted, []byte("Client Key")))
	return Verifier{iterations, salt, stored[:], sum(salted, []byte("Server Key"))}, nil
}

// Bytes returns the verifier as a record of the table: StoredKey, ServerKey,
// the iterations in four bytes, the least significant first, and the salt.
func (v Verifier) Bytes() []byte {
	b := append(append([]byte{}, v.StoredKey...), v.ServerKey...)
	return append(binary.LittleEndian.AppendUint32(b, uint32(v.Iterations)), v.Salt...)
}

func parseVerifier(b []byte) (v Verifier, err error) {
	const keys = 2 * sha256.Size
	if len(b) < keys+4+1 || len(b) > keys+4+256 {
		return v, ErrTable
	}
	n := binary.LittleEndian.Uint32(b[keys:])
	if n < 1 || n > MaxIterations {
		return v, ErrTable
	}
	return Verifier{int(n), b[keys+4:], b[:sha256.Size], b[sha256.Size:keys]}, nil
}

// Verifiers is a table of them, which qmail-scram(8) writes.
type Verifiers struct{ table *cdb.Reader }

// OpenVerifiers opens the table in the file path.
func OpenVerifiers(path string) (*Verifiers, error) {
	table, err := cdb.Open(path)
	if err != nil {
		return nil, err
	}
	return &Verifiers{table}, nil
}

// Close closes the file.
func (t *Verifiers) Close() error { return t.table.Close() }

// Check tells whether a password is the user's: the error is ErrDenied where it
// is not, or temporary. It takes as long for users that there are not.
func (t *Verifiers) Check(user, password string) error {
	v, known, err := t.Find(user)
	if err != nil {
		return err
	}
	shown, err := NewVerifier(password, v.Salt, v.Iterations)
	if err != nil {
		return err
	}
	if !hmac.Equal(shown.StoredKey, v.StoredKey) || !known {
		return ErrDenied
	}
	return nil
}

// Find returns the verifier of a user; known is false for one that nobody's
// password fits, of a user that there is not.
func (t *Verifiers) Find(user string) (v Verifier, known bool, err error) {
	decoy, err := t.decoy(user) // made in any case: its time tells nothing
	if err != nil || user == SecretKey {
		return decoy, false, err
	}
	data, found, err := t.table.Find([]byte(user))
	if err != nil || !found {
		return decoy, false, err
	}
	v, err = parseVerifier(data)
	return v, err == nil, err
}

// decoy is a record of the same form as a user's, made of the name.
func (t *Verifiers) decoy(user string) (v Verifier, err error) {
	secret, _, err := t.table.Find([]byte(SecretKey))
	if err != nil {
		return v, err
	}
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(user))
	fake := h.Sum(nil)
	n := DefaultIterations
	if len(secret) >= 4 {
		n = int(min(max(binary.LittleEndian.Uint32(secret), 1), MaxIterations))
	}
	return Verifier{n, fake[:SaltSize], make([]byte, sha256.Size), make([]byte, sha256.Size)}, nil
}
