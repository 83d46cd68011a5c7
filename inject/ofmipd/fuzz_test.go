package main

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"time"

	"qmailkit/inject"
	"qmailkit/internal/cdb"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/qclient"
)

// taken is a message that the queue has, or was to have.
type taken struct {
	bytes.Buffer
	envelope          string
	failed, abandoned bool
}

func (q *taken) From(sender string)  { q.envelope += "F" + sender + "\x00" }
func (q *taken) To(recipient string) { q.envelope += "T" + recipient + "\x00" }
func (q *taken) Fail()               { q.failed = true }
func (q *taken) Abandon()            { q.abandoned = true }
func (q *taken) PID() int            { return 7 }
func (q *taken) Close() error {
	if q.failed {
		return &qclient.Refusal{Text: "read error (#4.3.0)"}
	}
	return nil
}

var (
	replies = regexp.MustCompile(`\A([2-5][0-9][0-9][ -][^\r\n]*\r\n)+\z`)
	sent    = regexp.MustCompile(`\AF[^\x00\n]*\x00(T[^\x00\n]*\x00)+\z`)
)

// Whatever a client says: replies are replies, and what the queue has taken is
// what they say, each message with the fields that it must have, once.
func FuzzSession(f *testing.F) {
	home := newHome(f)
	rules, idHost, err := inject.Rewriting(control.Dir(home+"/control"), "", func(string) (string, bool) { return "", false })
	if err != nil {
		f.Fatal(err)
	}
	table, err := cdb.Open(home + "/names")
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() { table.Close() })
	const begin = "EHLO c\r\nMAIL FROM:<joe>\r\nRCPT TO:<a@h+>\r\nDATA\r\n"
	f.Add(begin + "To: a, b@h\r\nFrom: joe\r\n\r\n..\r\n.\r\nQUIT\r\n")
	f.Add(begin + "Date: 1 Jan 26 0:1 EST (x)\nMessage-ID: <x>\nReceived: y\nCc: \"a\\\"b\" <c@[1.2.3.4]>, g: d;\n\nhi\n.\nMAIL FROM:<bad>\n")
	f.Add("MAIL FROM:<>\r\nRCPT TO:<\"a b\"@x.y>\r\nBDAT 10\r\nTo: (\r\n\r\n\r\nBDAT 0 LAST\r\n")
	f.Add(begin + "From: <\r\n >,;\r\nX\r\n.\r\nMAIL FROM:<ann>\r\nRCPT TO:<\x00>\r\nRSET\r\nDATA\r\n")
	f.Fuzz(func(t *testing.T, said string) {
		p := &cmd.Proc{Pid: 4242, Now: func() time.Time { return time.Unix(1e9, 0) }, Env: []string{"TCPREMOTEIP=192.0.2.9", "TCPREMOTEINFO=joe)"}}
		var messages []*taken
		d := &daemon{proc: p, senders: table, rules: rules, idHost: idHost, queue: func() (queue, error) {
			messages = append(messages, &taken{})
			return messages[len(messages)-1], nil
		}}
		s := d.session()
		var out bytes.Buffer
		s.In, s.Out = strings.NewReader(said), &out
		s.Serve()
		if !replies.MatchString(out.String()) {
			t.Fatalf("%q", out.String())
		}
		n := 0
		for _, m := range messages {
			if m.failed || m.abandoned || m.envelope == "" {
				continue
			}
			n++
			header, _, _ := strings.Cut(m.String(), "\n\n")
			if !strings.HasPrefix(header, "Received: (ofmipd joe?@192.0.2.9); ") || !sent.MatchString(m.envelope) {
				t.Fatalf("%q %q", m.envelope, header)
			}
			for _, name := range []string{"Date", "Message-ID", "From"} {
				if c := strings.Count("\n"+strings.ToLower(header), "\n"+strings.ToLower(name)+":"); c != 1 {
					t.Fatalf("%d fields %s in %q", c, name, header)
				}
			}
		}
		if strings.Count(out.String(), "250 ok 1000000000 qp 7\r\n") != n {
			t.Fatalf("%d messages: %q", n, out.String())
		}
	})
}
