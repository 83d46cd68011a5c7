package remote

import (
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// recital is a connection to a host that says all that it ever will at once.
type recital struct {
	io.Reader
	heard strings.Builder
}

func (c *recital) Write(b []byte) (int, error) { return c.heard.Write(b) }
func (c *recital) Close() error                { return nil }

// A host may say anything: there is always a report on the message, and no yes
// to what it has not been sent.
func FuzzReplies(f *testing.F) {
	f.Add("220 x\r\n250-x\r\n250-PIPELINING\r\n250 SIZE 10\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n250 queued\r\n", "s@b", "u@d")
	f.Add("220 x\r\n502 no\r\n250 x\r\n250\r\n250\r\n450 later\r\n354 go\r\n250 queued\r\n", "", "u@d")
	f.Add("220-x\n220 x\n250-x\n250-AUTH=LOGIN\n250 SMTPUTF8\n421 bye\n", "\xc3\xa4@b", "a b@d")
	f.Fuzz(func(t *testing.T, replies, sender, recipient string) {
		e := engine(t, nil, nil, ":10.0.0.1")
		c := &recital{Reader: strings.NewReader(replies)}
		e.Dial = func(netip.Addr, netip.AddrPort, time.Duration, time.Duration) (io.ReadWriteCloser, error) {
			return c, nil
		}
		r := e.Deliver(Job{Host: "d.example", Sender: sender, Recipients: []string{recipient, "v@d"}, Message: strings.NewReader("the message\n")})
		heard := c.heard.String()
		if !isMessage(r.Message.Letter) || len(r.Recipients) > 2 {
			t.Errorf("%+v", r)
		}
		if r.Message.Letter == Accepted && !strings.Contains(heard, "the message\r\n.\r\n") {
			t.Errorf("accepted: %q", heard)
		}
		if strings.Contains(string(r.Append(nil)), "\x00\x00") && len(r.Recipients) == 0 {
			t.Errorf("%q", r.Append(nil))
		}
	})
}
