package sasl

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/hex"
	"slices"
)

// Client is the client's side of one authentication.
type Client struct {
	Mechanism      string
	user, password string
	step           int
}

// NewClient returns an exchange by the best mechanism of those that the server
// offers, in capital letters; nil where none is known here. CRAM-MD5 comes
// first, as it does not show the password; with secret, a connection that
// nobody can read, PLAIN and LOGIN may follow it. allow lets them be used in
// clear.
func NewClient(offered []string, user, password string, secret, allow bool) *Client {
	known := []string{CramMD5}
	switch {
	case secret:
		known = []string{Plain, Login, CramMD5}
	case allow:
		known = []string{CramMD5, Plain, Login}
	}
	for _, name := range known {
		if slices.Contains(offered, name) {
			return &Client{Mechanism: name, user: user, password: password}
		}
	}
	return nil
}

// Initial returns the response that goes with the AUTH command, nil for none.
func (c *Client) Initial() []byte {
	if c.Mechanism != Plain {
		return nil
	}
	return []byte("\x00" + c.user + "\x00" + c.password)
}

// Next answers a challenge. A server that asks on and on gets ErrSyntax.
func (c *Client) Next(challenge []byte) ([]byte, error) {
	c.step++
	switch {
	case c.Mechanism == Login && c.step == 1:
		return []byte(c.user), nil
	case c.Mechanism == Login && c.step == 2:
		return []byte(c.password), nil
	case c.Mechanism == CramMD5 && c.step == 1:
		return []byte(c.user + " " + Digest(c.password, string(challenge))), nil
	}
	return nil, ErrSyntax
}

// Digest returns what answers a challenge of CRAM-MD5, in hexadecimal.
func Digest(password, challenge string) string {
	h := hmac.New(md5.New, []byte(password))
	h.Write([]byte(challenge))
	return hex.EncodeToString(h.Sum(nil))
}
