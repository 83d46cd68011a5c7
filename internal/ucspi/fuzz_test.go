package ucspi

import (
	"regexp"
	"testing"
	"time"

	"qmailkit/internal/cmd"
)

var field = regexp.MustCompile(`\AReceived: from [!-~]+( \(HELO [!-~]*\))? \(([!-~]*@)?[!-~]*\)\n  by [!-~]* with ESMTP; 1 Jan 1970 00:00:01 -0000\n\z`)

// Whatever the server's environment and the client say, a trace field is that
// one field, with no comment in it but its own.
func FuzzReceived(f *testing.F) {
	f.Add("192.0.2.1", "c.example", "joe", "mx.example", "c")
	f.Add("::1%lo", "a b", "x\ny)", "(", "[192.0.2.1]\r\nBcc: x")
	f.Add("", "", "", "", "")
	f.Fuzz(func(t *testing.T, ip, host, info, local, helo string) {
		p := &cmd.Proc{Env: []string{"TCPREMOTEIP=" + ip, "TCPREMOTEHOST=" + host + "x", "TCPREMOTEINFO=" + info, "TCPLOCALHOST=" + local}}
		got := FromEnv(p).ReceivedHelo("ESMTP", helo, time.Unix(1, 0))
		if !field.MatchString(got) {
			t.Fatalf("%q", got)
		}
		comments := 0
		for _, c := range got {
			switch c {
			case '(', ')':
				comments++
			case '\\', '"', '<', ',':
				t.Fatalf("%q", got)
			}
		}
		if comments != 4 {
			t.Fatalf("%q", got)
		}
	})
}
