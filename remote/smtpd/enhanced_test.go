package smtpd

import (
	"strings"
	"testing"
)

// Only a client that has been told of them gets status codes, and their class
// is always the reply's.
func TestEnhanced(t *testing.T) {
	const input = "HELO c\r\nMAIL FROM:<>\r\nEHLO c\r\nNOOP\r\nMAIL FROM:<a@b.example> RET=HDRS ENVID=x+2By\r\n" +
		"RCPT TO:<u@here.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;u@here.example\r\nRCPT TO:<u@here.example> NOTIFY=NEVER\r\n" +
		"RCPT TO:<u@here.example> NOTIFY=NEVER,DELAY\r\nRCPT TO:<u@elsewhere.example>\r\nRCPT TO:<u2@here.example>\r\nDATA\r\nhi\r\n.\r\n" +
		"VRFY u\r\nHELP\r\nRSET\r\nBOO\r\nMAIL FROM:<a@b.example> RET=NONE\r\nMAIL FROM:<a@b.example> ENVID=a+2\r\nSTARTTLS\r\nHELO c\r\nRSET\r\nQUIT\r\n"
	w := newWorld(strings.NewReader(input))
	w.Policy.Enhanced, w.Policy.DSN, w.Policy.MaxRecipients = true, true, 2
	if err := w.Serve(); err != nil {
		t.Fatal(err)
	}
	const want = "220 mx.example ESMTP|250 mx.example|250 ok|250-mx.example|250-PIPELINING|250-8BITMIME|250-SIZE 0|250-SMTPUTF8|" +
		"250-ENHANCEDSTATUSCODES|250-DSN|250 CHUNKING|250 2.0.0 ok|250 2.1.0 ok|250 2.1.5 ok|250 2.1.5 ok|555 5.5.4 syntax error (#5.5.4)|" +
		"553 5.7.1 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)|452 4.7.1 max rcpt limit exceeded (#5.7.1)|354 go ahead|" +
		"250 2.0.0 ok 1000000000 qp 7|252 2.0.0 send some mail, i'll try my best|214 2.0.0 notqmail home page: https://notqmail.org|" +
		"250 2.0.0 flushed|502 5.5.1 unimplemented (#5.5.1)|555 5.5.4 syntax error (#5.5.4)|555 5.5.4 syntax error (#5.5.4)|" +
		"502 5.5.1 unimplemented (#5.5.1)|250 mx.example|250 flushed|221 mx.example|"
	if got := strings.ReplaceAll(w.out.String(), "\r\n", "|"); got != want {
		t.Errorf("%q\nwant %q", got, want)
	}
}

func TestExtensions(t *testing.T) {
	for _, c := range []struct {
		file, env     string
		enhanced, dsn bool
		reply         string
	}{
		{"", "X=", false, false, ""},
		{"EnhancedStatusCodes\n", "X=", true, false, ""},
		{"ENHANCEDSTATUSCODES\nDSN\n", "X=", true, true, ""},
		{"ENHANCEDSTATUSCODES\n", "SMTPEXTENSIONS=dsn", false, true, ""},
		{"DSN\n", "SMTPEXTENSIONS=", false, false, ""},
		{"ETRN\n", "X=", false, false, "421 control/smtpextensions: there is no such extension: ETRN (#4.3.5)"},
	} {
		var control files
		if c.file != "" {
			control = files{"smtpextensions": c.file}
		}
		p, err := load(t, control, c.env)
		switch {
		case c.reply != "":
			if err == nil || ReplyFor(err) != c.reply {
				t.Errorf("%q: %v", c.file, err)
			}
		case err != nil:
			t.Errorf("%q: %v", c.file, err)
		case p.Enhanced != c.enhanced || p.DSN != c.dsn:
			t.Errorf("%q %s: %v %v", c.file, c.env, p.Enhanced, p.DSN)
		}
	}
}
