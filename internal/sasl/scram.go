package sasl

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"strconv"
	"strings"
)

// scram is the server's side of RFC 5802, with SHA-256 (RFC 7677).
type scram struct {
	server *Server
	plus   bool
	step   int

	user     string
	header   string // gs2-header, as it came
	binding  []byte // what the client's side of the TLS connection must be too
	messages string // client-first-message-bare, server-first-message
	nonce    string
	verifier Verifier
	known    bool
}

func (x *scram) User() string { return x.user }

func (x *scram) Next(response []byte) (challenge []byte, done bool, err error) {
	if len(response) > MaxResponse {
		return nil, false, ErrSyntax
	}
	switch x.step {
	case 0:
		if response == nil {
			return []byte{}, false, nil
		}
		challenge, err = x.first(string(response))
	case 1:
		challenge, err = x.final(string(response))
	default:
		// The client's empty answer to the server's proof, RFC 4954 4.
		if len(response) > 0 {
			err = ErrSyntax
		}
		return nil, err == nil, err
	}
	x.step++
	return challenge, false, err
}

// first takes "gs2-header n=user,r=nonce".
func (x *scram) first(message string) ([]byte, error) {
	parts := strings.SplitN(message, ",", 3)
	if len(parts) != 3 {
		return nil, ErrSyntax
	}
	flag, authorize, bare := parts[0], parts[1], parts[2]
	if err := x.bind(flag); err != nil {
		return nil, err
	}
	x.header = flag + "," + authorize + ","
	fields := strings.Split(bare, ",")
	if len(fields) < 2 || !strings.HasPrefix(fields[0], "n=") || !strings.HasPrefix(fields[1], "r=") || len(fields[1]) == 2 {
		return nil, ErrSyntax // "m=" comes first, too: an extension that must be understood
	}
	user, ok := saslname(fields[0][2:])
	if !ok || user == "" {
		return nil, ErrSyntax
	}
	if authorize != "" && authorize != "a="+fields[0][2:] {
		return nil, ErrDenied
	}
	x.user = user
	var err error
	if x.verifier, x.known, err = x.server.Verifiers.Find(user); err != nil {
		return nil, err
	}
	x.nonce = fields[1][2:] + x.server.nonce()
	answer := "r=" + x.nonce + ",s=" + base64.StdEncoding.EncodeToString(x.verifier.Salt) + ",i=" + strconv.Itoa(x.verifier.Iterations)
	x.messages = bare + "," + answer
	return []byte(answer), nil
}

// bind looks at what the client says of channel binding, RFC 5802 6: n that it
// cannot, y that it could but thinks that we cannot, p=TYPE that it does.
func (x *scram) bind(flag string) error {
	name, uses := strings.CutPrefix(flag, "p=")
	switch {
	case uses && x.plus:
		if x.binding = x.server.Binding(name); x.binding == nil {
			return ErrDenied
		}
		return nil
	case uses || x.plus:
		return ErrSyntax
	case flag == "y" && x.server.Binding != nil:
		return ErrDenied // somebody between us has taken -PLUS off our list
	case flag != "y" && flag != "n":
		return ErrSyntax
	}
	return nil
}

// final takes "c=binding,r=nonce,...,p=proof".
func (x *scram) final(message string) ([]byte, error) {
	end := strings.LastIndex(message, ",p=")
	if end < 0 {
		return nil, ErrSyntax
	}
	without := message[:end]
	proof, err := base64.StdEncoding.DecodeString(message[end+3:])
	fields := strings.Split(without, ",")
	if err != nil || len(proof) != sha256.Size || len(fields) < 2 {
		return nil, ErrSyntax
	}
	want := "c=" + base64.StdEncoding.EncodeToString(append([]byte(x.header), x.binding...))
	if fields[0] != want || fields[1] != "r="+x.nonce {
		return nil, ErrDenied
	}
	signed := []byte(x.messages + "," + without)
	key := sum(x.verifier.StoredKey, signed)
	for i := range key {
		key[i] ^= proof[i]
	}
	stored := sha256.Sum256(key)
	if !hmac.Equal(stored[:], x.verifier.StoredKey) || !x.known {
		return nil, ErrDenied
	}
	return []byte("v=" + base64.StdEncoding.EncodeToString(sum(x.verifier.ServerKey, signed))), nil
}

// saslname undoes the two escapes of a name.
func saslname(s string) (string, bool) {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, "=")
		b.WriteString(before)
		switch {
		case !found:
			return b.String(), !strings.Contains(b.String(), "\x00")
		case strings.HasPrefix(after, "2C"):
			b.WriteByte(',')
		case strings.HasPrefix(after, "3D"):
			b.WriteByte('=')
		default:
			return "", false
		}
		s = after[2:]
	}
}

func sum(key, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(data)
	return h.Sum(nil)
}

func (s *Server) nonce() string {
	if s.Nonce != nil {
		return s.Nonce()
	}
	var b [18]byte
	rand.Read(b[:])
	return base64.StdEncoding.EncodeToString(b[:])
}
