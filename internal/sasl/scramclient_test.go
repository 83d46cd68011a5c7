package sasl

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"qmailkit/internal/sasl/rules"
)

// The exchange of RFC 7677 3.
func TestScramClient(t *testing.T) {
	c := NewClient([]string{Scram}, "user", "pencil", Channel{})
	c.scram.nonce = "rOprNGfwEbeRWgbNEkqO"
	if got := string(c.Initial()); got != first {
		t.Errorf("%q", got)
	}
	got, err := c.Next([]byte(answer))
	if want := "c=biws,r=" + nonces + proof; string(got) != want || err != nil {
		t.Errorf("%q, want %q, %v", got, want, err)
	}
	if c.Done() {
		t.Error("done before the server has proven anything")
	}
	got, err = c.Next([]byte("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="))
	if len(got) != 0 || got == nil || err != nil || !c.Done() {
		t.Errorf("%q %v", got, err)
	}
	if _, err := c.Next(nil); err == nil {
		t.Error("a question too many is answered")
	}
}

// A server that cannot be one is not believed.
func TestScramImpostors(t *testing.T) {
	for challenge, want := range map[string]error{
		"": ErrSyntax, "r=x": ErrSyntax, "m=1,s=YQ==,i=4096": ErrSyntax, "r=NONCEx,s=YQ==,i=x": ErrSyntax, "r=NONCEx,s=,i=4096": ErrSyntax,
		"r=x,s=YQ==,i=4096": ErrDenied, "r=NONCE,s=YQ==,i=4096": ErrDenied, "r=NONCEx,s=YQ==,i=4095": ErrDenied, "r=NONCEx,s=YQ==,i=99999999": ErrDenied,
	} {
		c := NewClient([]string{Scram}, "user", "pencil", Channel{})
		c.Initial()
		if _, err := c.Next([]byte(strings.Replace(challenge, "NONCE", c.scram.nonce, 1))); !errors.Is(err, want) {
			t.Errorf("%q: %v", challenge, err)
		}
	}
	for last, want := range map[string]error{"": ErrSyntax, "v=": ErrDenied, "v=YQ==": ErrDenied, "e=other-error": ErrSyntax, "v=!": ErrSyntax} {
		c := NewClient([]string{Scram}, "user", "pencil", Channel{})
		c.Initial()
		if _, err := c.Next([]byte("r=" + c.scram.nonce + "x,s=YQ==,i=4096")); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Next([]byte(last)); !errors.Is(err, want) || c.Done() {
			t.Errorf("%q: %v", last, err)
		}
	}
}

// Our two sides understand each other, bound to a connection or not.
func TestScramBothSides(t *testing.T) {
	bind := func(what string) func(string) []byte {
		return func(name string) []byte {
			if name != "tls-unique" {
				return nil
			}
			return []byte(what)
		}
	}
	for _, c := range []struct {
		name, user     string
		offered        []string
		client, server func(string) []byte
		mechanism      string
		right          bool
	}{
		{"in clear", "user", nil, nil, nil, Scram, true},
		{"bound", "user", nil, bind("a"), bind("a"), ScramPlus, true},
		{"somebody between", "user", nil, bind("a"), bind("b"), ScramPlus, false},
		{"somebody takes -PLUS away", "user", []string{Scram}, bind("a"), bind("a"), Scram, false},
		{"a server without", "user", nil, bind("a"), nil, Scram, true},
		{"a name with marks", "a,b=c", nil, nil, nil, Scram, true},
		{"nobody", "nobody", nil, nil, nil, Scram, false},
	} {
		server := scramServer(t)
		server.Binding = c.server
		if c.offered == nil {
			c.offered = server.Mechanisms(rules.Rules{})
		}
		client := NewClient(c.offered, c.user, "pencil", Channel{Secret: c.client != nil, Binding: c.client})
		if client == nil || client.Mechanism != c.mechanism {
			t.Fatalf("%s: %+v of %q", c.name, client, c.offered)
		}
		x, err := server.Start(client.Mechanism, rules.Rules{})
		if err != nil {
			t.Fatal(err)
		}
		done := false
		for response := client.Initial(); err == nil && !done; {
			var challenge []byte
			if challenge, done, err = x.Next(response); err == nil && !done {
				response, err = client.Next(challenge)
			}
		}
		if (err == nil && client.Done() && x.User() == c.user) != c.right {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	for _, word := range []string{"", "p\xc3\xa4ss", "a\x00b"} {
		if c := NewClient([]string{Scram}, "user", word, Channel{}); c != nil {
			t.Errorf("%q goes unprepared", word)
		}
	}
	if c := NewClient([]string{ScramPlus}, "user", "x", Channel{Binding: func(string) []byte { return nil }}); c != nil {
		t.Error("bound to nothing")
	}
}

// A client withstands anything that a server says, and never sends the password
// by a mechanism that hides it.
func FuzzClient(f *testing.F) {
	f.Add(uint8(0), "r=NONCEx,s=YQ==,i=4096", "v=YQ==")
	f.Add(uint8(1), "<1@h>", "")
	f.Add(uint8(2), "Username:", "Password:")
	f.Fuzz(func(t *testing.T, n uint8, one, two string) {
		name := []string{Scram, CramMD5, Login}[n%3]
		c := NewClient([]string{name}, "user", "pencil", Channel{Secret: true})
		c.Initial()
		if c.scram != nil {
			one = strings.ReplaceAll(one, "NONCE", c.scram.nonce)
			if strings.Contains(one, "i=") && len(one[strings.LastIndex(one, "i=")+2:]) > 4 {
				return // much work, as asked for
			}
		}
		for _, challenge := range []string{one, two, two} {
			said, err := c.Next([]byte(challenge))
			if name != Login && err == nil && (strings.Contains(string(said), "pencil") || strings.Contains(string(said), base64.StdEncoding.EncodeToString([]byte("pencil")))) && !strings.Contains(one+two, "pencil") {
				t.Errorf("%q", said)
			}
		}
		if c.scram != nil && c.Done() && c.scram.signature == nil {
			t.Error("believed without a proof")
		}
	})
}
