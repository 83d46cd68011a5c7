package qmtp

import (
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/netstring"
)

// tape is a Queue that writes down what it is told.
type tape struct {
	*strings.Builder
	refuse error
}

func (q tape) From(s string) { q.WriteString(" F" + s) }
func (q tape) To(s string)   { q.WriteString(" T" + s) }
func (q tape) Fail()         { q.WriteString(" failed") }
func (q tape) Abandon()      { q.WriteString(" abandoned") }
func (q tape) PID() int      { return 7 }
func (q tape) Close() error  { q.WriteString(" closed\n"); return q.refuse }

type session struct {
	limit  int
	relay  string
	refuse error
}

func (c session) play(in string) (queued, answers string, err error) {
	var q, out strings.Builder
	s := &Server{
		In: strings.NewReader(in), Out: &out, DataBytes: c.limit, Relay: c.relay != "", RelaySuffix: c.relay,
		Accepts:  func(r string) (bool, error) { return !strings.HasSuffix(r, "@no"), nil },
		Open:     func() (Queue, error) { return tape{&q, c.refuse}, nil },
		Describe: func(err error) string { return "Z" + err.Error() },
		Now:      func() time.Time { return time.Unix(5, 0) },
	}
	err = s.Serve()
	return q.String(), out.String(), err
}

func ns(parts ...string) string {
	all := ""
	for _, p := range parts {
		all += string(netstring.Append(nil, p))
	}
	return all
}

const ok = "10:Kok 5 qp 7,"

func TestServe(t *testing.T) {
	no := ns(notHere)
	long := strings.Repeat("a", 1000)
	for _, c := range []struct {
		name           string
		session        session
		in             string
		queued, answer string
		err            error
	}{
		{"two messages", session{}, ns("\nm\n", "s", ns("a", "b")) + ns("\nx", "", ns("c")), "m\n Fs Ta Tb closed\nx F Tc closed\n", ok + ok + ok, io.EOF},
		{"some refused", session{}, ns("\nm", "s", ns("a@no", "b", "c\x00", long)), "m Fs Tb closed\n", no + ok + ns(badRecipient, badRecipient), io.EOF},
		{"all refused", session{}, ns("\nm", "s", ns("a@no")), "m Fs failed closed\n", no, io.EOF},
		{"relay", session{relay: "@gw"}, ns("\nm", "s", ns("a@no", long[:997])), "m Fs Ta@no@gw closed\n", ok + ns(badRecipient), io.EOF},
		{"bad sender", session{}, ns("\nm", "s\x00", ns("a")), "m F failed Ta closed\n", ns(badSender), io.EOF},
		{"at the limit", session{limit: 3}, ns("\nmmm", "s", ns("a")), "mmm Fs Ta closed\n", ok, io.EOF},
		{"over the limit", session{limit: 3}, ns("\nmmmm", "s", ns("a")), " failed Fs failed Ta closed\n", ns(tooBig), io.EOF},
		{"queue refuses", session{refuse: errors.New("full")}, ns("\nm", "s", ns("a")), "m Fs Ta closed\n", ns("Zfull"), io.EOF},
		{"dos", session{}, ns("\ra\r\nb\nc\r\r\nd\re\r", "s", ns("a")), "a\nb\nc\r\nd\re\r Fs Ta closed\n", ok, io.EOF},
		{"nobody", session{}, ns("\nm", "s", ""), "m Fs abandoned", "", ErrFrame},
		{"answers before garbage", session{}, ns("\nm", "s", ns("a")) + "junk", "m Fs Ta closed\n", ok, ErrFrame},
		{"cut off", session{}, ns("\nm", "s", ns("a"))[:7], "m abandoned", "", io.EOF},
		{"no form", session{}, ns("xm"), " abandoned", "", ErrFrame},
		{"empty", session{}, ns(""), "", "", ErrFrame},
		{"absurd", session{}, "9999999999:", "", "", netstring.ErrLength},
		{"recipient beyond its list", session{}, ns("\nm", "s", "5:u,"), "m Fs abandoned", "", ErrFrame},
	} {
		queued, answer, err := c.session.play(c.in)
		if queued != c.queued || answer != c.answer || !errors.Is(err, c.err) {
			t.Errorf("%s: %q %q %v,\nwant %q %q %v", c.name, queued, answer, err, c.queued, c.answer, c.err)
		}
	}
}

func FuzzServe(f *testing.F) {
	f.Add([]byte(ns("\nm\n", "s", ns("a", "b"))))
	f.Add([]byte(ns("\ra\r\nb\r", "", ns("", "x@no"))))
	f.Fuzz(func(t *testing.T, in []byte) {
		queued, answers, err := session{limit: 10}.play(string(in))
		if err == nil {
			t.Fatal("a session ended without a reason")
		}
		if strings.Count(queued, " closed\n") == 0 && answers != "" {
			t.Errorf("%q was answered %q without being queued", in, answers)
		}
	})
}
