package smtpd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"qmailkit/internal/qclient"
	"qmailkit/internal/ucspi"
)

// queued is a stand-in for the queue and what it was given.
type queued struct {
	message   bytes.Buffer
	envelope  strings.Builder
	failed    bool
	abandoned bool
	refusal   error
}

func (q *queued) Write(b []byte) (int, error) { return q.message.Write(b) }
func (q *queued) From(sender string)          { q.envelope.WriteString("F" + sender) }
func (q *queued) To(recipient string)         { q.envelope.WriteString(" T" + recipient) }
func (q *queued) Fail()                       { q.failed = true }
func (q *queued) Abandon()                    { q.abandoned = true }
func (q *queued) PID() int                    { return 7 }
func (q *queued) Close() error {
	if q.failed {
		return &qclient.Refusal{Text: "qq read error (#4.3.0)"}
	}
	return q.refusal
}

// body is the message without its Received field.
func (q *queued) body() string {
	return strings.SplitN(q.message.String(), "\n", 3)[2]
}

// world is a session to be, and what came of it.
type world struct {
	Session
	out    bytes.Buffer
	queue  []*queued
	slept  time.Duration
	refuse error // what the queue says
}

func newWorld(in io.Reader) *world {
	w := &world{}
	local := "lip.example"
	w.Session = Session{
		In: in, Out: &w.out,
		Policy: &Policy{
			Greeting:    "mx.example",
			Accepts:     func(r string) (bool, error) { return strings.HasSuffix(r, "@here.example"), nil },
			LocalIPHost: &local,
			OwnIPs:      func() ([]netip.Addr, error) { return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil },
		},
		Client: Client{Peer: ucspi.Peer{RemoteIP: "192.0.2.7", RemoteHost: "c.example", Local: "mx.example"}},
		Open: func(*Client) (Queue, error) {
			q := &queued{refusal: w.refuse}
			w.queue = append(w.queue, q)
			return q, nil
		},
		Now:   func() time.Time { return time.Unix(1000000000, 0) },
		Sleep: func(d time.Duration) { w.slept += d },
	}
	return w
}

// replies is what the client was sent after the greeting, codes only.
func (w *world) codes() string {
	var codes []string
	for _, line := range strings.Split(strings.TrimSuffix(w.out.String(), "\r\n"), "\r\n")[1:] {
		codes = append(codes, line[:3])
	}
	return strings.Join(codes, " ")
}

// accepted returns the messages that are in the queue.
func (w *world) accepted() []*queued {
	var list []*queued
	for _, q := range w.queue {
		if !q.failed && !q.abandoned && q.refusal == nil && q.envelope.Len() > 0 {
			list = append(list, q)
		}
	}
	return list
}

const (
	begin = "MAIL FROM:<a@b.example>\r\nRCPT TO:<u@here.example>\r\n"
	quit  = "QUIT\r\n"
)

func TestDialogues(t *testing.T) {
	for _, c := range []struct{ in, codes, envelope, body string }{
		{begin + "DATA\r\nx\r\n.\r\n" + quit, "250 250 354 250 221", "Fa@b.example Tu@here.example", "x\n"},
		{"DATA\r\n" + quit, "503 221", "", ""},
		{"MAIL FROM:<>\r\nDATA\r\n" + quit, "250 503 221", "", ""},
		{"HELO\r\nEHLO x\r\nRSET\r\nNOOP\r\nVRFY x\r\nHELP\r\nTURN\r\n" + quit, "250 250 250 250 250 250 250 250 250 252 214 502 221", "", ""},
		// A refused MAIL ends the transaction before it.
		{begin + "MAIL FROM:<\x00>\r\nDATA\r\n" + quit, "250 250 555 503 221", "", ""},
		{begin + "MAIL FROM:<a> SIZE=x\r\nRCPT TO:<u@here.example>\r\n" + quit, "250 250 555 503 221", "", ""},
		// A NUL hides nothing.
		{"MAIL FROM:<a@b\x00c>\r\nMAIL FROM:<a>\x00\r\n" + quit, "555 555 221", "", ""},
		{"MAIL FROM:<a>\r\nRCPT TO:<u@here.example\x00@x.example>\r\n" + quit, "250 555 221", "", ""},
		{"NOOP\x00x\r\nNO\x00OP\r\n" + quit, "250 502 221", "", ""},
		// A source route and nothing else is not the empty sender.
		{"MAIL FROM:<@evil.example>\r\nMAIL FROM:<@a:>\r\nMAIL FROM:@a\r\n" + quit, "555 555 555 221", "", ""},
		{"MAIL FROM:<@a,@b:u@x>\r\n" + quit, "250 221", "", ""},
		{"MAIL FROM:<a\rb@x>\r\n" + quit, "555 221", "", ""},
		{"MAIL FROM:<a>\r\nRCPT TO:<u@other.example>\r\nRCPT TO:<v@here.example>\r\nDATA\r\n.\r\n" + quit, "250 553 250 354 250 221", "Fa Tv@here.example", ""},
		// Parameters that are known are read, the others are not.
		{"MAIL FROM:<a> SIZE=5 BODY=8bitmime SMTPUTF8 RET=HDRS ENVID=a+2Bb FOO=bar\r\nRCPT TO:<u@here.example> NOTIFY=success,DELAY ORCPT=rfc822;u+40x FOO\r\n" + quit, "250 250 221", "", ""},
		{"MAIL FROM:<a> BODY=BINARYMIME\r\nMAIL FROM:<a> RET=all\r\nMAIL FROM:<a> ENVID=a=b\r\nMAIL FROM:<a> SMTPUTF8=1\r\n" + quit, "555 555 555 555 221", "", ""},
		{"MAIL FROM:<a>\r\nRCPT TO:<u@here.example> NOTIFY=NEVER,DELAY\r\nRCPT TO:<u@here.example> ORCPT=x\r\n" + quit, "250 555 555 221", "", ""},
		// What is not there is unknown.
		{"STARTTLS\r\nAUTH PLAIN\r\n" + quit, "502 502 221", "", ""},
		// BDAT
		{begin + "BDAT 3\r\na\r\nBDAT 8 LAST\r\n.\r\nb\x00\r\n\r" + quit, "250 250 250 250 221", "Fa@b.example Tu@here.example", "a\n.\nb\x00\n\r"},
		{begin + "BDAT 2\r\na\rBDAT 2\r\n\n\nBDAT 0 last\r\n" + quit, "250 250 250 250 250 221", "Fa@b.example Tu@here.example", "a\n\n"},
		{"BDAT 6\r\nQUIT\r\n" + begin + "BDAT 6 LAST\r\nDATA\r\n" + quit, "503 250 250 250 221", "Fa@b.example Tu@here.example", "DATA\n"},
		{begin + "BDAT 1\r\nxDATA\r\nMAIL FROM:<z>\r\nRCPT TO:<z>\r\nRSET\r\nBDAT 1 LAST\r\nx" + quit, "250 250 250 503 503 503 250 503 221", "", ""},
		{begin + "BDAT\r\n" + quit, "250 250 501", "", ""},
		{begin + "BDAT 1 FIRST\r\n" + quit, "250 250 501", "", ""},
		{begin + "BDAT -1\r\n" + quit, "250 250 501", "", ""},
		{begin + "BDAT 99999999999999999999\r\n" + quit, "250 250 501", "", ""},
		{begin + "DATA\r\nx\r\n.\r\nBDAT 1 LAST\r\nx" + quit, "250 250 354 250 503 221", "Fa@b.example Tu@here.example", "x\n"},
	} {
		w := newWorld(strings.NewReader(c.in))
		w.Serve()
		if got := w.codes(); got != c.codes {
			t.Errorf("%q: %s, want %s", c.in, got, c.codes)
		}
		list := w.accepted()
		switch {
		case c.envelope == "" && len(list) == 0:
		case len(list) != 1:
			t.Errorf("%q: %d messages", c.in, len(list))
		case list[0].envelope.String() != c.envelope || list[0].body() != c.body:
			t.Errorf("%q: %q %q", c.in, list[0].envelope.String(), list[0].body())
		}
	}
}

func TestGreetings(t *testing.T) {
	w := newWorld(strings.NewReader("EHLO x\r\n" + quit))
	w.Policy.DataBytes = 1000
	w.Policy.StartTLS = func() (io.ReadWriter, *Login, error) { return nil, nil, nil }
	w.Policy.Auth = &Auth{Mechanisms: func(*Client) []string { return []string{"PLAIN", "LOGIN"} }}
	if err := w.Serve(); err != nil {
		t.Fatal(err)
	}
	const want = "220 mx.example ESMTP\r\n250-mx.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SIZE 1000\r\n250-SMTPUTF8\r\n" +
		"250-STARTTLS\r\n250-AUTH PLAIN LOGIN\r\n250 CHUNKING\r\n221 mx.example\r\n"
	if got := w.out.String(); got != want {
		t.Errorf("%q", got)
	}
}

func TestReceivedField(t *testing.T) {
	for helo, want := range map[string]string{
		"":                             "from c.example (192.0.2.7)\n  by mx.example with SMTP;",
		"HELO c.EXAMPLE\r\n":           "from c.example (192.0.2.7)\n  by mx.example with SMTP;",
		"HELO\r\n":                     "from c.example (HELO ) (192.0.2.7)\n  by mx.example with SMTP;",
		"EHLO a\rb\r\n":                "from c.example (HELO a?b) (192.0.2.7)\n  by mx.example with SMTP;",
		"EHLO x\r\nMAIL FROM:<a>\r\n":  "from c.example (HELO x) (192.0.2.7)\n  by mx.example with SMTP;",
		"HELO x\r\nHELO c.example\r\n": "from c.example (192.0.2.7)\n  by mx.example with SMTP;",
	} {
		w := newWorld(strings.NewReader(helo + begin + "DATA\r\n.\r\n" + quit))
		w.Serve()
		if got := w.queue[0].message.String(); !strings.HasPrefix(got, "Received: "+want) {
			t.Errorf("%q: %q", helo, got)
		}
	}
	w := newWorld(strings.NewReader("MAIL FROM:<a> SMTPUTF8\r\nRCPT TO:<\xc3\xbc@here.example>\r\nDATA\r\n.\r\n" + quit))
	w.Serve()
	if got := w.queue[0]; !strings.Contains(got.message.String(), " with UTF8SMTP; ") || got.envelope.String() != "Fa T\xc3\xbc@here.example" {
		t.Errorf("%q %q", got.message.String(), got.envelope.String())
	}
}

func TestSizeAndHops(t *testing.T) {
	hop := "rEceived: x\r\n"
	for _, c := range []struct{ data, reply string }{
		{"12345678\r\n.\r\n", "250 ok "},
		{"123456789\r\n.\r\n", replyTooBig},
		{"..\r\n..\r\n..\r\n..\r\n\r\n.\r\n", "250 ok "},
		{strings.Repeat(hop, 100) + "\r\n.\r\n", replyHops},
	} {
		w := newWorld(strings.NewReader(begin + "DATA\r\n" + c.data + quit))
		w.Policy.DataBytes = 9
		w.Serve()
		if got := w.out.String(); !strings.Contains(got, "\r\n"+c.reply) {
			t.Errorf("%.20q: %q", c.data, got)
		}
	}
	for n, want := range map[int]int{99: 1, 100: 0} {
		for _, text := range []string{hop, "Delivered-To: x\r\n", "..\r\n" + hop} {
			w := newWorld(strings.NewReader(begin + "DATA\r\n" + strings.Repeat(text, n) + "\r\n" + hop + ".\r\n" + quit))
			w.Serve()
			if got := len(w.accepted()); got != want {
				t.Errorf("%d of %q: %d accepted", n, text, got)
			}
		}
	}
	w := newWorld(strings.NewReader("MAIL FROM:<a> SIZE=10\r\nMAIL FROM:<a> SIZE=9\r\nRCPT TO:<u@here.example>\r\nBDAT 11\r\n0123456789\nBDAT 1 LAST\r\nx" + quit))
	w.Policy.DataBytes = 9
	w.Serve()
	if got := w.codes(); got != "552 250 250 552 503 221" || len(w.accepted()) != 0 {
		t.Error(got)
	}
}

func TestQueueRefuses(t *testing.T) {
	for _, c := range []struct {
		refusal error
		reply   string
	}{
		{&qclient.Refusal{Text: "later (#4.3.0)"}, "451 later (#4.3.0)"},
		{&qclient.Refusal{Permanent: true, Text: "never (#5.3.0)"}, "554 never (#5.3.0)"},
	} {
		for _, data := range []string{"DATA\r\nx\r\n.\r\n", "BDAT 3 LAST\r\nx\r\n"} {
			w := newWorld(strings.NewReader(begin + data + quit))
			w.refuse = c.refusal
			if err := w.Serve(); err != nil || !strings.Contains(w.out.String(), "\r\n"+c.reply+"\r\n221 ") {
				t.Errorf("%v: %v %q", c.refusal, err, w.out.String())
			}
		}
	}
	for _, data := range []string{"DATA\r\n", "BDAT 2\r\n\r\n"} {
		w := newWorld(strings.NewReader(begin + data + quit))
		w.Open = func(*Client) (Queue, error) { return nil, errors.New("no process") }
		if err := w.Serve(); err != nil || w.codes() != "250 250 451 221" {
			t.Errorf("%q: %v %s", data, err, w.codes())
		}
	}
}

// Nothing is queued when the client goes away or keeps still.
func TestEnds(t *testing.T) {
	whole := begin + "DATA\r\nabc\r\n.\r\n"
	for n := range len(whole) {
		w := newWorld(strings.NewReader(whole[:n]))
		if err := w.Serve(); err != ErrGone || len(w.accepted()) != 0 {
			t.Errorf("after %q: %v, %d queued", whole[:n], err, len(w.accepted()))
		}
		w = newWorld(io.MultiReader(strings.NewReader(whole[:n]), still{}))
		if err := w.Serve(); err != ErrTimeout || len(w.accepted()) != 0 || !strings.HasSuffix(w.out.String(), replyTimeout+"\r\n") {
			t.Errorf("still after %q: %v, %q", whole[:n], err, w.out.String())
		}
	}
}

type still struct{}

func (still) Read([]byte) (int, error) { return 0, os.ErrDeadlineExceeded }

// Replies to a batch go out together.
func TestPipelining(t *testing.T) {
	w := newWorld(io.MultiReader(strings.NewReader("EHLO x\r\n"), strings.NewReader(begin+begin+begin+"DATA\r\n"), strings.NewReader("x\r\n.\r\n"+quit)))
	writes := &counter{Writer: &w.out}
	w.Out = writes
	if err := w.Serve(); err != nil || writes.n != 4 {
		t.Errorf("%v, %d writes", err, writes.n)
	}
}

type counter struct {
	io.Writer
	n int
}

func (c *counter) Write(b []byte) (int, error) {
	c.n++
	return c.Writer.Write(b)
}

func TestWriteFails(t *testing.T) {
	w := newWorld(strings.NewReader(begin + "DATA\r\nx\r\n.\r\n" + quit))
	w.Out = broken{}
	if err := w.Serve(); err != ErrGone {
		t.Error(err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, os.ErrClosed }

func Example() {
	w := newWorld(strings.NewReader("HELO c.example\r\n" + begin + "DATA\r\nSubject: hi\r\n\r\n..\r\n.\r\n" + quit))
	w.Serve()
	fmt.Print(strings.ReplaceAll(w.out.String(), "\r\n", "\n"))
	fmt.Print(w.queue[0].envelope.String(), "\n", w.queue[0].message.String())
	// Output:
	// 220 mx.example ESMTP
	// 250 mx.example
	// 250 ok
	// 250 ok
	// 354 go ahead
	// 250 ok 1000000000 qp 7
	// 221 mx.example
	// Fa@b.example Tu@here.example
	// Received: from c.example (192.0.2.7)
	//   by mx.example with SMTP; 9 Sep 2001 01:46:40 -0000
	// Subject: hi
	//
	// .
}

// Long commands, each way in which they may be cut into pieces, and what is
// pipelined behind them.
func TestLongCommands(t *testing.T) {
	for _, n := range []int{idleBuffer - 2, idleBuffer - 1, idleBuffer, idleBuffer + 1, 5 * idleBuffer, maxLine - 10} {
		long := "noop " + strings.Repeat("x", n-7) + "\r\n"
		in := "helo c\r\n" + long + "vrfy a\r\n" + long + long + "help\r\nquit\r\n"
		w := newWorld(iotest.HalfReader(strings.NewReader(in)))
		if err := w.Serve(); err != nil || w.codes() != "250 250 252 250 250 214 221" {
			t.Errorf("%d bytes: %v %q", n, err, w.out.String())
		}
	}
}
