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
	scram          *scramClient // for the two SCRAMs
}

// Channel is the connection that a client authenticates on.
type Channel struct {
	Secret bool // nobody can read it
	Clear  bool // the password may be shown where it is not
	// Binding is as in Server; nil where there is no TLS.
	Binding func(name string) []byte
}

// NewClient returns an exchange by the best mechanism of those that the server
// offers, in capital letters; nil where none is known here. First come those
// that do not show the password and prove that the server knows it too. By a
// connection that nobody can read the password is shown before CRAM-MD5 is
// thought of, which makes it easier to guess for the server's side; otherwise
// after it, and only where that is allowed.
func NewClient(offered []string, user, password string, c Channel) *Client {
	known := []string{ScramPlus, Scram, CramMD5}
	switch {
	case c.Secret:
		known = []string{ScramPlus, Scram, Plain, Login, CramMD5}
	case c.Clear:
		known = append(known, Plain, Login)
	}
	for _, name := range known {
		if !slices.Contains(offered, name) {
			continue
		}
		client := &Client{Mechanism: name, user: user, password: password}
		if name != ScramPlus && name != Scram {
			return client
		}
		if client.scram = newScramClient(client, c.Binding, name == ScramPlus); client.scram != nil {
			return client
		}
	}
	return nil
}

// Initial returns the response that goes with the AUTH command, nil for none.
func (c *Client) Initial() []byte {
	switch {
	case c.scram != nil:
		return c.scram.first()
	case c.Mechanism == Plain:
		return []byte("\x00" + c.user + "\x00" + c.password)
	}
	return nil
}

// Next answers a challenge. A server that asks on and on gets ErrSyntax, one
// that does not know the password itself ErrDenied.
func (c *Client) Next(challenge []byte) ([]byte, error) {
	c.step++
	switch {
	case c.scram != nil:
		return c.scram.next(c.step, string(challenge))
	case c.Mechanism == Login && c.step == 1:
		return []byte(c.user), nil
	case c.Mechanism == Login && c.step == 2:
		return []byte(c.password), nil
	case c.Mechanism == CramMD5 && c.step == 1:
		return []byte(c.user + " " + Digest(c.password, string(challenge))), nil
	}
	return nil, ErrSyntax
}

// Done tells whether a server's yes may be believed: it has shown all that
// the mechanism wants to see of it.
func (c *Client) Done() bool { return c.scram == nil || c.scram.proven }

// Digest returns what answers a challenge of CRAM-MD5, in hexadecimal.
func Digest(password, challenge string) string {
	h := hmac.New(md5.New, []byte(password))
	h.Write([]byte(challenge))
	return hex.EncodeToString(h.Sum(nil))
}
