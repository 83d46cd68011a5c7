package main

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/control"
	"qmailkit/internal/pop3"
	"qmailkit/internal/tlsconf"
)

var answers = regexp.MustCompile(`\A((\+OK|-ERR) [ -~]*\r\n|\+OK \r\n([A-Z0-9]+( [a-z]+)?\r\n)+\.\r\n)*\z`)

// Whatever a client says before it has said who it is: it gets an answer to each line, a login
// is the last line that was read, and nothing that was said in the open is obeyed in TLS.
func FuzzDialogue(f *testing.F) {
	home := f.TempDir()
	clitest.Files(f, home, map[string]string{"servercert.pem": certificate(f)})
	offered := tlsconf.NewServer(control.Dir(home), func(string) string { return "" })
	none := tlsconf.NewServer(control.Dir(home+"/none"), func(string) string { return "" })
	for _, d := range dialogues {
		f.Add(d.said, true)
	}
	f.Add("USER eve\r\nSTLS\r\nPASS x\r\n", true)
	f.Add("capa\nSTLS\nPASS x\nUSER a\x00b\nPASS \nPASS  c \nSTAT\n", false)
	f.Add("APOP  a\r\nAPOP a \r\n", false)
	f.Fuzz(func(t *testing.T, said string, tls bool) {
		p, _ := clitest.Proc(t, "qmail-popup", clitest.World{})
		in, out := strings.NewReader(said), &bytes.Buffer{}
		g := &greeter{p: p, in: in, out: out, tls: none}
		if tls {
			g.tls = offered
		}
		g.Conn = pop3.NewConn(pop3.Slowly(in), out)
		who, err := g.ask()
		g.Flush()
		rest, _ := io.ReadAll(in)
		read := said[:len(said)-len(rest)]
		heard := out.String()
		begun := tls && regexp.MustCompile(`(?i)(^|\n)stls[ \x00\r\n]`).MatchString(read)
		if begun {
			// What is not TLS is answered by TLS, and that is the end.
			if who != nil {
				t.Fatalf("%q: %+v after STLS", said, who)
			}
			return
		}
		if !answers.MatchString(heard) || strings.Count(heard, "\n") > 8*strings.Count(read, "\n") {
			t.Fatalf("%q is answered %q", said, heard)
		}
		if who == nil {
			if err == nil && len(rest) > 0 && !regexp.MustCompile(`(?i)(^|\n)quit(( |\x00)[^\n]*)?\r?\n\z`).MatchString(read) {
				t.Fatalf("%q: ends before %q", said, rest)
			}
			return
		}
		if who.user == "" || strings.ContainsAny(who.user+who.proof, "\x00\n") || strings.HasPrefix(who.user, " ") {
			t.Fatalf("%q: %+v", said, who)
		}
		last := strings.ToUpper(read[strings.LastIndexByte(strings.TrimSuffix(read, "\n"), '\n')+1:])
		byName := strings.HasPrefix(last, "PASS ") && strings.Contains(strings.ToUpper(read), "USER ") && who.proof != ""
		if !strings.HasSuffix(last, "\n") || !byName && !strings.HasPrefix(last, "APOP ") {
			t.Fatalf("%q: %+v by %q", said, who, last)
		}
	})
}
