package smtpd

import (
	"regexp"
	"strings"
	"testing"
)

var wellFormed = regexp.MustCompile(`\A([2-5][0-9][0-9][ -][^\r\n]*\r\n)+\z`)

// Whatever comes in, replies are replies, and what is queued came before an
// end.
func FuzzSession(f *testing.F) {
	f.Add("EHLO x\r\n"+begin+"DATA\r\nx\r\n.\r\n"+quit, false)
	f.Add(begin+"DATA\r\na\n.\nMAIL FROM:<z>\r\n.\r\n", true)
	f.Add(begin+"BDAT 3\r\na\r\nBDAT 2 LAST\r\n\r\nRSET\r\n", false)
	f.Add("MAIL FROM:<@a:\"b\\\"c\"@[127.0.0.1]> SIZE=1 RET=FULL\r\nRCPT TO:<u@here.example> ORCPT=rfc822;a+20b\r\n", false)
	f.Add("\x16\x03\x01\r\n\x00\r\nQUIT", false)
	f.Fuzz(func(t *testing.T, in string, bare bool) {
		w := newWorld(strings.NewReader(in))
		w.Policy.BareLF = bare
		w.Policy.DataBytes = 1000
		w.Serve()
		if !wellFormed.MatchString(w.out.String()) {
			t.Fatalf("%q", w.out.String())
		}
		ends := strings.Count(in, ".\r\n") + strings.Count(strings.ToUpper(in), "LAST")
		if n := len(w.accepted()); n > ends || strings.Count(w.out.String(), "250 ok 1000000000 qp 7\r\n") != n {
			t.Fatalf("%d messages, %d ends", n, ends)
		}
		for _, q := range w.accepted() {
			if len(q.body()) > 1000 || strings.ContainsAny(q.envelope.String(), "\x00\r\n") {
				t.Fatalf("%q", q.envelope.String())
			}
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"FROM:<a@b>", "FROM:a@b SIZE=1", "<@a,@b:c@d>", `TO:<"a\"b>"@c> X`, "FROM:<>", ":@", "<[1.2.3.4]@[127.0.0.1]>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		address, rest, ok := parseAddress(arg)
		if len(address)+len(rest) > len(arg) || ok && strings.Contains(address, "\r") || !strings.HasSuffix(arg, rest) {
			t.Fatalf("%q: %q %q", arg, address, rest)
		}
		parseLiteral(address)
		mailParameters(rest)
		rcptParameters(rest)
	})
}
