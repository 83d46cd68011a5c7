package secure

import (
	"encoding/base64"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
	"qmailkit/internal/sasl"
	"qmailkit/internal/sasl/rules"
	"qmailkit/remote/smtpd"
	"qmailkit/remote/smtpd/front"
)

var reply = regexp.MustCompile(`\A(235|454|501|504|535) [ -~]+\z`)

// scramHome makes a home whose table of verifiers has joe, with the password
// secret.
func scramHome(f *testing.F) string {
	home := f.TempDir()
	clitest.Files(f, home, map[string]string{"control/": ""})
	verifier, err := sasl.NewVerifier("secret", []byte("salt"), 1) // cheaply
	if err != nil {
		f.Fatal(err)
	}
	w, err := cdb.Create(home+"/t", 0o600)
	if err != nil {
		f.Fatal(err)
	}
	w.Add([]byte(sasl.SecretKey), []byte("\x01\x00\x00\x00secret"))
	w.Add([]byte("joe"), verifier.Bytes())
	if err := w.Finish(); err != nil {
		f.Fatal(err)
	}
	if err := w.Rename(home + "/control/" + front.ScramTable); err != nil {
		f.Fatal(err)
	}
	return home
}

// Whatever a client says to AUTH, it gets one reply, and is let in only who has
// shown joe's password.
func FuzzExchange(f *testing.F) {
	home := scramHome(f)
	f.Add("PLAIN AGpvZQBzZWNyZXQ=", "", "")
	f.Add("PLAIN", "AGpvZQB3cm9uZw==", "*")
	f.Add("login am9l", "c2VjcmV0", "")
	f.Add("LOGIN", "am9l", "=")
	f.Add("SCRAM-SHA-256 biwsbj1qb2Uscj1hYmM=", "Yz1iaXdzLHI9YWJjLHA9QUFBQQ==", "")
	f.Add("SCRAM-SHA-256 =", "eSwsbj1qb2Uscj1hYmM=", "*")
	f.Add("CRAM-MD5", "", "")
	f.Fuzz(func(t *testing.T, argument, one, two string) {
		lines := []string{one, two}
		if strings.ContainsAny(argument+one+two, "\r\n") {
			return
		}
		p, _ := clitest.Proc(t, "qmail-smtpd", clitest.World{Home: home, Now: time.Unix(1e9, 0)})
		defer os.RemoveAll(p.Dir)
		l := &layer{Access: &front.Access{Proc: p, Auth: rules.Rules{Plain: true, Cram: true}, Host: "mx.example"}}
		defer l.Close()
		asked := 0
		login, said, err := l.Exchange(&smtpd.Client{}, argument, func(challenge string) (string, error) {
			if _, err := base64.StdEncoding.DecodeString(challenge); err != nil || asked == len(lines) {
				return "", os.ErrDeadlineExceeded
			}
			asked++
			return lines[asked-1], nil
		})
		switch {
		case err == os.ErrDeadlineExceeded && asked == len(lines) && login == nil:
		case err != nil || !reply.MatchString(said) || (login != nil) != strings.HasPrefix(said, "235 "):
			t.Fatalf("%q %q: %q %v", argument, lines, said, err)
		case login != nil && (login.User != "joe" || !shows(argument, one, two)):
			t.Fatalf("%q %q: %+v", argument, lines, login)
		}
	})
}

// shows tells whether a word of what a client says is the password.
func shows(said ...string) bool {
	for _, word := range strings.Fields(strings.Join(said, " ")) {
		if b, err := decode(word); err == nil && strings.HasSuffix(prepare(string(b)), "secret") {
			return true
		}
	}
	return false
}

// The variables of an entry in AUTH_CDB are what stands there up to what is
// none, and a password that ends at an odd time has ended.
func FuzzEntry(f *testing.F) {
	f.Add(`A="1",B="2"`)
	f.Add(`PASSWORD_EXPIRES="99999999999999999999",X=""`)
	f.Add(`PASSWORD_EXPIRES="0",PASSWORD_EXPIRES="-1"`)
	f.Add(`,A=B="c"D="e`)
	f.Fuzz(func(t *testing.T, text string) {
		variables, end := entryVariables(text)
		again := ""
		for _, v := range variables {
			name, value, ok := strings.Cut(v, "=")
			if !ok || name == "" {
				t.Fatalf("%q: %q", text, variables)
			}
			again += name + `="` + value + `",`
		}
		if variables2, end2 := entryVariables(again); strings.Join(variables2, "\n") != strings.Join(variables, "\n") || end2 != end {
			t.Fatalf("%q: %q %d, and once more %q %d", text, variables, end, variables2, end2)
		}
		if !strings.Contains(text, expires) && end != 0 {
			t.Fatalf("%q ends at %d", text, end)
		}
	})
}
