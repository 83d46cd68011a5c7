package sasl

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

// scramClient is the client's side of RFC 5802, with SHA-256 (RFC 7677).
type scramClient struct {
	user, password string
	header         string // gs2-header: what is said of channel binding
	binding        []byte
	nonce          string
	signature      []byte // what proves that the server knows the password
	proven         bool   // and it has done so
}

// newScramClient returns nil where there is nothing to bind to, and for names
// and passwords that would have to be prepared first (RFC 4013).
func newScramClient(c *Client, binding func(name string) []byte, plus bool) *scramClient {
	if !prepared(c.user) || !prepared(c.password) {
		return nil
	}
	x := &scramClient{user: c.user, password: c.password, header: "n,,"}
	switch {
	case plus && binding == nil:
		return nil
	case plus:
		for _, name := range []string{"tls-exporter", "tls-unique", "tls-server-end-point"} {
			if x.binding = binding(name); x.binding != nil {
				x.header = "p=" + name + ",,"
				break
			}
		}
		if x.binding == nil {
			return nil
		}
	case binding != nil:
		x.header = "y,,"
	}
	var b [18]byte
	rand.Read(b[:])
	x.nonce = base64.StdEncoding.EncodeToString(b[:])
	return x
}

// prepared tells whether SASLprep would leave s as it is: what is ASCII and
// visible, and blanks.
func prepared(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return s != ""
}

var scramName = strings.NewReplacer("=", "=3D", ",", "=2C")

// bare is client-first-message-bare.
func (x *scramClient) bare() string { return "n=" + scramName.Replace(x.user) + ",r=" + x.nonce }

func (x *scramClient) first() []byte { return []byte(x.header + x.bare()) }

func (x *scramClient) next(step int, challenge string) ([]byte, error) {
	switch step {
	case 1:
		return x.prove(challenge)
	case 2:
		v, ok := strings.CutPrefix(challenge, "v=")
		proof, err := base64.StdEncoding.DecodeString(v)
		switch {
		case !ok || err != nil:
			return nil, ErrSyntax
		case x.signature == nil || !hmac.Equal(proof, x.signature):
			return nil, ErrDenied
		}
		x.proven = true
		return []byte{}, nil
	}
	return nil, ErrSyntax
}

// prove answers "r=nonce,s=salt,i=iterations".
func (x *scramClient) prove(challenge string) ([]byte, error) {
	fields := strings.Split(challenge, ",")
	if len(fields) < 3 {
		return nil, ErrSyntax
	}
	nonce, rok := strings.CutPrefix(fields[0], "r=")
	salt64, sok := strings.CutPrefix(fields[1], "s=")
	count, iok := strings.CutPrefix(fields[2], "i=")
	salt, err := base64.StdEncoding.DecodeString(salt64)
	iterations, ierr := strconv.Atoi(count)
	switch {
	case !rok || !sok || !iok || err != nil || ierr != nil || len(salt) == 0:
		return nil, ErrSyntax
	case !strings.HasPrefix(nonce, x.nonce) || len(nonce) == len(x.nonce):
		return nil, ErrDenied
	case iterations < MinIterations || iterations > MaxIterations:
		return nil, ErrDenied // too easy to guess from, or meant to keep us busy
	}
	salted, err := pbkdf2.Key(sha256.New, x.password, salt, iterations, sha256.Size)
	if err != nil {
		return nil, err
	}
	without := "c=" + base64.StdEncoding.EncodeToString(append([]byte(x.header), x.binding...)) + ",r=" + nonce
	signed := []byte(x.bare() + "," + challenge + "," + without)
	proof := sum(salted, []byte("Client Key"))
	stored := sha256.Sum256(proof)
	for i, b := range sum(stored[:], signed) {
		proof[i] ^= b
	}
	x.signature = sum(sum(salted, []byte("Server Key")), signed)
	return []byte(without + ",p=" + base64.StdEncoding.EncodeToString(proof)), nil
}
