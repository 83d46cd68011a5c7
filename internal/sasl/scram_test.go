package sasl

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"qmailkit/internal/sasl/rules"
)

func decode(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// scramServer knows the user of RFC 7677 3, and one called a,b=c.
func scramServer(t testing.TB) *Server {
	v, err := NewVerifier("pencil", decode(t, "W22ZaJ0SNY7soEsUEjb6gQ=="), 4096)
	if err != nil {
		t.Fatal(err)
	}
	return &Server{
		Verifiers: table(t, map[string]Verifier{"user": v, "a,b=c": v}),
		Nonce:     func() string { return "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0" },
	}
}

const (
	first  = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
	nonces = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
	answer = "r=" + nonces + ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	proof  = ",p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	server = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="
)

func TestScram(t *testing.T) {
	for _, c := range []struct {
		responses []string
		err       error
	}{
		{[]string{first, "c=biws,r=" + nonces + proof, ""}, nil},
		{[]string{none, first, "c=biws,r=" + nonces + proof, ""}, nil},
		{[]string{first, "c=biws,r=" + nonces + proof, "x"}, ErrSyntax},
		{[]string{first, "c=biws,r=" + nonces + strings.Replace(proof, "dH", "eH", 1)}, ErrDenied},
		{[]string{first, "c=eSws,r=" + nonces + proof}, ErrDenied},
		{[]string{first, "c=biws,r=" + nonces + "x" + proof}, ErrDenied},
		{[]string{first, "c=biws,r=" + nonces}, ErrSyntax},
		{[]string{first, "c=biws,r=" + nonces + ",p=AAAA"}, ErrSyntax},
		{[]string{"p=tls-exporter,,n=user,r=x"}, ErrSyntax},
		{[]string{"n,a=ann,n=user,r=x"}, ErrDenied},
		{[]string{"n,,m=x,n=user,r=x"}, ErrSyntax},
		{[]string{"n,,n=us=er,r=x"}, ErrSyntax},
		{[]string{"n,,n=,r=x"}, ErrSyntax},
		{[]string{"n,,n=user,r="}, ErrSyntax},
		{[]string{"n=user,r=x"}, ErrSyntax},
		{[]string{"z,,n=user,r=x"}, ErrSyntax},
	} {
		x, err := scramServer(t).Start(Scram, rules.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		challenges := []string{answer, server}
		if c.responses[0] == none {
			challenges = []string{"", answer, server}
		}
		if err := play(t, x, c.responses, challenges); !errors.Is(err, c.err) || (err == nil && x.User() != "user") {
			t.Errorf("%q: %q, %v, want %v", c.responses, x.User(), err, c.err)
		}
	}
}

// login by SCRAM as a client does that knows the password.
func scramLogin(t *testing.T, s *Server, mechanism, header, user, password string, binding []byte) error {
	t.Helper()
	x, err := s.Start(mechanism, rules.Rules{})
	if err != nil {
		return err
	}
	bare := "n=" + user + ",r=abc"
	challenge, _, err := x.Next([]byte(header + bare))
	if err != nil {
		return err
	}
	fields := strings.Split(string(challenge), ",")
	v, err := NewVerifier(password, decode(t, fields[1][2:]), 4096)
	if err != nil {
		t.Fatal(err)
	}
	without := "c=" + base64.StdEncoding.EncodeToString(append([]byte(header), binding...)) + "," + fields[0]
	signed := []byte(bare + "," + string(challenge) + "," + without)
	// The client's key is what a verifier does not hold.
	p := clientKey(t, password, v.Salt)
	for i, b := range sum(v.StoredKey, signed) {
		p[i] ^= b
	}
	challenge, _, err = x.Next([]byte(without + ",p=" + base64.StdEncoding.EncodeToString(p)))
	if err != nil {
		return err
	}
	if want := "v=" + base64.StdEncoding.EncodeToString(sum(v.ServerKey, signed)); string(challenge) != want {
		t.Errorf("the server proves itself by %q, want %q", challenge, want)
	}
	_, done, err := x.Next([]byte{})
	if !done && err == nil {
		t.Error("no end")
	}
	return err
}

func TestScramNames(t *testing.T) {
	s := scramServer(t)
	if err := scramLogin(t, s, Scram, "n,,", "a=2Cb=3Dc", "pencil", nil); err != nil {
		t.Error(err)
	}
	// Who is not there is asked like who is, always the same way, and refused.
	for _, user := range []string{"nobody", "n=2C"} {
		if err := scramLogin(t, s, Scram, "n,,", user, "pencil", nil); err != ErrDenied {
			t.Errorf("%s: %v", user, err)
		}
	}
	a, _, _ := s.Verifiers.Find("nobody")
	b, known, _ := s.Verifiers.Find("nobody")
	if known || !bytes.Equal(a.Salt, b.Salt) || len(a.Salt) != SaltSize || a.Iterations != 4096 {
		t.Errorf("%+v, %+v", a, b)
	}
}

func TestScramPlus(t *testing.T) {
	s := scramServer(t)
	s.Binding = func(name string) []byte {
		if name == "tls-exporter" {
			return []byte("bound")
		}
		return nil
	}
	for _, c := range []struct {
		mechanism, header, binding string
		err                        error
	}{
		{ScramPlus, "p=tls-exporter,,", "bound", nil},
		{ScramPlus, "p=tls-exporter,,", "other", ErrDenied},
		{ScramPlus, "p=tls-unique,,", "bound", ErrDenied},
		{ScramPlus, "n,,", "", ErrSyntax},
		{Scram, "y,,", "", ErrDenied}, // -PLUS was offered
		{Scram, "n,,", "", nil},
		{Scram, "p=tls-exporter,,", "bound", ErrSyntax},
	} {
		if err := scramLogin(t, s, c.mechanism, c.header, "user", "pencil", []byte(c.binding)); err != c.err {
			t.Errorf("%+v: %v", c, err)
		}
	}
	s.Binding = nil
	if err := scramLogin(t, s, Scram, "y,,", "user", "pencil", nil); err != nil {
		t.Errorf("without TLS: %v", err)
	}
}

// Who shows the password is known by the verifiers too, where nobody else is
// to decide, under one name however it is written.
func TestVerifiersDecide(t *testing.T) {
	s := scramServer(t)
	s.Prepare = func(text string) string { return strings.ReplaceAll(text, "\u00ad", "") }
	for _, c := range []struct {
		user, password string
		err            error
	}{
		{"user", "pencil", nil}, {"a,b=c", "pencil", nil}, {"us\u00ader", "pen\u00adcil", nil},
		{"user", "pencil ", ErrDenied}, {"user", "", ErrDenied}, {"user", "pen\x7fcil", ErrDenied}, {"nobody", "pencil", ErrDenied}, {"nobody", "", ErrDenied},
	} {
		for _, mechanism := range []string{Plain, Login} {
			x, err := s.Start(mechanism, rules.Rules{Plain: true})
			if err != nil {
				t.Fatal(err)
			}
			if mechanism == Plain {
				err = play(t, x, []string{"\x00" + c.user + "\x00" + c.password}, nil)
			} else {
				err = play(t, x, []string{c.user, c.password}, []string{"Password:"})
			}
			if err != c.err || err == nil && strings.Contains(x.User(), "\u00ad") {
				t.Errorf("%s %+v: %q %v", mechanism, c, x.User(), err)
			}
		}
	}
	s.Prepare = nil
	x, _ := s.Start(Plain, rules.Rules{Plain: true})
	if _, _, err := x.Next([]byte("\x00us\u00ader\x00pencil")); err != ErrDenied {
		t.Errorf("unprepared: %v", err)
	}
	if _, err := s.Start(CramMD5, rules.Rules{Plain: true, Cram: true}); err != ErrUnknown {
		t.Errorf("CRAM-MD5 by verifiers: %v", err)
	}
	if _, err := s.Start(Plain, rules.Rules{Cram: true}); err != ErrUnknown {
		t.Errorf("PLAIN where only CRAM-MD5 is wanted: %v", err)
	}
	s.Verifiers.Close()
	x, _ = s.Start(Plain, rules.Rules{Plain: true})
	if _, _, err := x.Next([]byte("\x00user\x00pencil")); err == nil || err == ErrDenied {
		t.Errorf("a table that cannot be read: %v", err)
	}
}

func TestParseVerifier(t *testing.T) {
	v, err := NewVerifier("x", []byte("salt"), 4096)
	if err != nil {
		t.Fatal(err)
	}
	got, err := parseVerifier(v.Bytes())
	if err != nil || got.Iterations != 4096 || string(got.Salt) != "salt" || !bytes.Equal(got.ServerKey, v.ServerKey) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, bad := range [][]byte{nil, v.Bytes()[:2*sha256.Size+4], append(make([]byte, 2*sha256.Size+4), "salt"...)} {
		if _, err := parseVerifier(bad); err != ErrTable {
			t.Errorf("%q: %v", bad, err)
		}
	}
}

// No response ever lets anybody in by accident, or panics.
func FuzzExchange(f *testing.F) {
	s := scramServer(f)
	s.Check = func(user, password, challenge string) error {
		if strings.Contains(user+password+challenge, "\x00") {
			panic("a NUL would move a field's end")
		}
		return ErrDenied
	}
	s.Challenge = func() string { return "<1@h>" }
	f.Add(uint8(0), []byte("\x00joe\x00secret"), []byte(""))
	f.Add(uint8(1), []byte("joe"), []byte("secret"))
	f.Add(uint8(2), []byte(""), []byte("joe 1234"))
	f.Add(uint8(3), []byte(first), []byte("c=biws,r="+nonces+",p=AAAA"))
	f.Fuzz(func(t *testing.T, n uint8, one, two []byte) {
		x, err := s.Start([]string{Plain, Login, CramMD5, Scram}[n%4], rules.Rules{Plain: true, Cram: true})
		if err != nil {
			t.Fatal(err)
		}
		for _, response := range [][]byte{one, two, two} {
			_, done, err := x.Next(response)
			if err != nil {
				return
			}
			if done {
				t.Fatalf("let in by %q, %q", one, two)
			}
		}
	})
}

func clientKey(t *testing.T, password string, salt []byte) []byte {
	t.Helper()
	salted, err := pbkdf2.Key(sha256.New, password, salt, 4096, sha256.Size)
	if err != nil {
		t.Fatal(err)
	}
	return sum(salted, []byte("Client Key"))
}
