package remote

import (
	"errors"
	"io"
	"net/netip"
	"slices"
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

// asked is a way to log in that answers two questions, as LOGIN does.
type asked struct{ n int }

func (*asked) Name() string    { return "LOGIN" }
func (*asked) Initial() []byte { return nil }
func (a *asked) Done() bool    { return a.n == 2 }
func (a *asked) Next([]byte) ([]byte, error) {
	if a.n == 2 {
		return nil, errors.New("too many questions")
	}
	a.n++
	return []byte("\xfbanswer"), nil
}

// Whatever a host says to AUTH: no mail is sent before it has said yes to a login
// that was complete, and there is an end to its questions.
func FuzzLogin(f *testing.F) {
	const begin = "220 x\r\n250-x\r\n250 AUTH LOGIN\r\n"
	f.Add(begin + "334 VXNlcm5hbWU6\r\n334 UGFzc3dvcmQ6\r\n235 ok\r\n250\r\n250\r\n250\r\n354 go\r\n250 queued\r\n")
	f.Add(begin + "235 ok\r\n250 ok\r\n")
	f.Add(begin + "334 !\r\n501 no\r\n250 ok\r\n")
	f.Add(begin + "334\r\n334-\r\n334 =\r\n334 \r\n501 x\r\n")
	f.Add("220 x\r\n250 AUTH=login plain\r\n535 no\r\n")
	f.Fuzz(func(t *testing.T, replies string) {
		e := engine(t, nil, nil, ":10.0.0.1|joe|secret")
		var way *asked
		e.NewLogin = func(offered []string, l Login, _ io.ReadWriteCloser) Mechanism {
			if !slices.Contains(offered, "LOGIN") {
				return nil
			}
			way = &asked{}
			return way
		}
		c := &recital{Reader: strings.NewReader(replies)}
		e.Dial = func(netip.Addr, netip.AddrPort, time.Duration, time.Duration) (io.ReadWriteCloser, error) {
			return c, nil
		}
		r := e.Deliver(Job{Host: "d.example", Sender: "s@b", Recipients: []string{"u@d"}, Message: strings.NewReader("the message\n")})
		before, _, mail := strings.Cut(c.heard.String(), "MAIL FROM:")
		if mail && (way == nil || !way.Done() || !strings.Contains(before, "AUTH LOGIN\r\n") || !strings.Contains(replies, "235")) {
			t.Fatalf("%q is sent mail: %q", replies, c.heard.String())
		}
		if strings.Count(before, "+2Fuc3dlcg==") > 2 {
			t.Fatalf("%q hears %q", replies, before)
		}
		if !isMessage(r.Message.Letter) || r.Message.Letter == Accepted && !mail || !mail && r.Message.Letter == Failed {
			t.Fatalf("%q: %+v", replies, r)
		}
	})
}
