package sasl

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
	"qmailkit/internal/sasl/rules"
)

func TestMechanisms(t *testing.T) {
	check := func(string, string, string) error { return nil }
	binding := func(string) []byte { return nil }
	all := rules.Rules{Plain: true, Cram: true}
	for _, c := range []struct {
		server Server
		policy rules.Rules
		want   string
	}{
		{Server{Check: check}, all, "CRAM-MD5 LOGIN PLAIN"},
		{Server{Check: check}, rules.Rules{Plain: true}, "LOGIN PLAIN"},
		{Server{Check: check, Verifiers: &Verifiers{}}, rules.Rules{Cram: true}, "SCRAM-SHA-256 CRAM-MD5"},
		{Server{Verifiers: &Verifiers{}, Binding: binding}, all, "SCRAM-SHA-256-PLUS SCRAM-SHA-256 LOGIN PLAIN"},
		{Server{Verifiers: &Verifiers{}}, rules.Rules{Cram: true}, "SCRAM-SHA-256"},
		{Server{Check: check}, rules.Rules{Off: true, Plain: true}, ""},
	} {
		if got := strings.Join(c.server.Mechanisms(c.policy), " "); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if _, err := (&Server{Check: check}).Start(CramMD5, rules.Rules{Plain: true}); err != ErrUnknown {
		t.Errorf("a mechanism that is not listed: %v", err)
	}
}

// none is a response that is not there.
const none = "\xff"

func TestPasswords(t *testing.T) {
	denied := func(user, password, challenge string) error {
		if got := user + "/" + password + "/" + challenge; got == "joe/secret/" || got == "joe/"+Digest("secret", "<1@h>")+"/<1@h>" {
			return nil
		}
		return ErrDenied
	}
	server := &Server{Check: denied, Challenge: func() string { return "<1@h>" }}
	for _, c := range []struct {
		mechanism  string
		responses  []string
		challenges []string
		err        error
	}{
		{"plain", []string{"\x00joe\x00secret"}, nil, nil},
		{"PLAIN", []string{none, "joe\x00joe\x00secret"}, []string{""}, nil},
		{"PLAIN", []string{"\x00joe\x00wrong"}, nil, ErrDenied},
		{"PLAIN", []string{"ann\x00joe\x00secret"}, nil, ErrDenied},
		{"PLAIN", []string{"joe\x00secret"}, nil, ErrSyntax},
		{"PLAIN", []string{"\x00joe\x00secret\x00"}, nil, ErrSyntax},
		{"PLAIN", []string{""}, nil, ErrSyntax},
		{"LOGIN", []string{none, "joe", "secret"}, []string{"Username:", "Password:"}, nil},
		{"LOGIN", []string{"joe", "secret"}, []string{"Password:"}, nil},
		{"LOGIN", []string{none, "joe", ""}, []string{"Username:", "Password:"}, ErrDenied},
		{"LOGIN", []string{none, ""}, []string{"Username:"}, ErrSyntax},
		{"LOGIN", []string{none, "a\x00b"}, []string{"Username:"}, ErrSyntax},
		{"CRAM-MD5", []string{none, "joe " + Digest("secret", "<1@h>")}, []string{"<1@h>"}, nil},
		{"CRAM-MD5", []string{none, "joe " + Digest("other", "<1@h>")}, []string{"<1@h>"}, ErrDenied},
		{"CRAM-MD5", []string{none, "joe"}, []string{"<1@h>"}, ErrSyntax},
		{"CRAM-MD5", []string{none, "joe "}, []string{"<1@h>"}, ErrSyntax},
		{"CRAM-MD5", []string{"joe x"}, nil, ErrSyntax},
	} {
		x, err := server.Start(c.mechanism, rules.Rules{Plain: true, Cram: true})
		if err != nil {
			t.Fatal(err)
		}
		if err := play(t, x, c.responses, c.challenges); !errors.Is(err, c.err) || (err == nil && x.User() != "joe") {
			t.Errorf("%s %q: %q, %v, want %v", c.mechanism, c.responses, x.User(), err, c.err)
		}
	}
}

// play sends the responses, expects the challenges, and returns the outcome.
func play(t *testing.T, x Exchange, responses, challenges []string) error {
	t.Helper()
	for i, r := range responses {
		response := []byte(r)
		if r == none {
			response = nil
		}
		challenge, done, err := x.Next(response)
		if done || err != nil {
			if i != len(responses)-1 {
				t.Errorf("%q ends at %q: %v", responses, r, err)
			}
			return err
		}
		if i >= len(challenges) || string(challenge) != challenges[i] {
			t.Errorf("challenge %q after %q", challenge, r)
		}
	}
	t.Errorf("%q leads to no end", responses)
	return nil
}

func TestClients(t *testing.T) {
	server := &Server{Challenge: func() string { return "<1@h>" }, Check: func(user, password, challenge string) error {
		if user != "joe" || password != "secret" && (challenge == "" || password != Digest("secret", challenge)) {
			return ErrDenied
		}
		return nil
	}}
	for _, mechanism := range []string{Plain, Login, CramMD5} {
		x, _ := server.Start(mechanism, rules.Rules{Plain: true, Cram: true})
		c := NewClient([]string{mechanism}, "joe", "secret", Channel{Secret: true})
		response := c.Initial()
		for {
			challenge, done, err := x.Next(response)
			if err != nil {
				t.Errorf("%s: %v", mechanism, err)
			}
			if done || err != nil {
				break
			}
			if response, err = c.Next(challenge); err != nil {
				t.Fatalf("%s: %v", mechanism, err)
			}
		}
		if _, err := c.Next(nil); err == nil && mechanism != CramMD5 {
			t.Errorf("%s: a question too many is answered", mechanism)
		}
	}
	if c := NewClient([]string{Plain, Login}, "joe", "secret", Channel{}); c != nil {
		t.Error("the password is sent in clear")
	}
	if c := NewClient([]string{Plain, CramMD5}, "joe", "secret", Channel{Clear: true}); c.Mechanism != CramMD5 {
		t.Error("the password is sent in clear without need")
	}
}

// RFC 2195 2.
func TestDigest(t *testing.T) {
	if got := Digest("tanstaaftanstaaf", "<1896.697170952@postoffice.reston.mci.net>"); got != "b913a602c7eda7a495b4e6e7334d3890" {
		t.Error(got)
	}
}

func TestChecker(t *testing.T) {
	dir := t.TempDir()
	p, finish := clitest.Proc(t, "test", clitest.World{Dir: dir})
	program := clitest.Script(t, filepath.Join(dir, "check"), `cat <&3 >got; read line && exit 9; exec "$@"`)
	for _, c := range []struct {
		sub  []string
		want error
	}{
		{[]string{"true"}, nil},
		{[]string{"sh", "-c", "exit 1"}, ErrDenied},
		{[]string{"sh", "-c", "exit 111"}, ErrChecker},
		{[]string{"sh", "-c", "kill -9 $$"}, ErrChecker},
	} {
		err := Checker(p, append([]string{program}, c.sub...))("joe", "secret", "<1@h>")
		if !errors.Is(err, c.want) {
			t.Errorf("%q: %v", c.sub, err)
		}
	}
	if err := Checker(p, []string{"no-such-program", "true"})("joe", "secret", ""); !errors.Is(err, ErrChecker) {
		t.Errorf("no program: %v", err)
	}
	if got := clitest.Read(t, filepath.Join(dir, "got")); got != "joe\x00secret\x00<1@h>\x00" {
		t.Errorf("it has read %q", got)
	}
	if got := finish(0); got.Stdout != "" {
		t.Errorf("the client would see %q", got.Stdout)
	}
}

// table writes verifiers of passwords, and the secret.
func table(t testing.TB, users map[string]Verifier) *Verifiers {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scram.cdb")
	w, err := cdb.Create(path+".tmp", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	w.Add([]byte(SecretKey), []byte("\x00\x10\x00\x00secret"))
	for user, v := range users {
		w.Add([]byte(user), v.Bytes())
	}
	if err := errors.Join(w.Finish(), w.Rename(path)); err != nil {
		t.Fatal(err)
	}
	v, err := OpenVerifiers(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { v.Close() })
	return v
}
