package ucspi

import (
	"testing"
	"time"

	"qmailkit/internal/cmd"
)

func TestReceived(t *testing.T) {
	now := time.Unix(1000000000, 0)
	const by = " with SMTP; 9 Sep 2001 01:46:40 -0000\n"
	for _, c := range []struct {
		env  []string
		helo string
		want string
	}{
		{nil, "", "Received: from unknown (unknown)\n  by unknown" + by},
		{[]string{"TCPREMOTEIP=192.0.2.1", "TCPREMOTEHOST=c.example", "TCPREMOTEINFO=joe", "TCPLOCALHOST=s.example", "TCPLOCALIP=192.0.2.9"}, "hi",
			"Received: from c.example (HELO hi) (joe@192.0.2.1)\n  by s.example" + by},
		{[]string{"TCPREMOTEIP=::1", "TCPREMOTEINFO=", "TCPLOCALIP=192.0.2.9"}, "a\r\nX: (b) _",
			"Received: from unknown (HELO a??X:??b???) (@::1)\n  by 192.0.2.9" + by},
	} {
		if got := FromEnv(&cmd.Proc{Env: c.env}).Received("SMTP", c.helo, now); got != c.want {
			t.Errorf("%q: %q, want %q", c.env, got, c.want)
		}
	}
}
