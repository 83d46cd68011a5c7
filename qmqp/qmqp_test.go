package qmqp

import (
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/netstring"
)

// tape is a Queue that writes down what it is told.
type tape struct{ strings.Builder }

func (q *tape) From(s string) { q.WriteString(" F" + s) }
func (q *tape) To(s string)   { q.WriteString(" T" + s) }
func (q *tape) Fail()         { q.WriteString(" failed") }

func receive(in string) (string, error) {
	q := &tape{}
	rc := NewReceiver(strings.NewReader(in))
	length, err := rc.Begin()
	if err == nil {
		_, err = rc.Copy(q, length)
	}
	return q.String(), err
}

func outer(parts ...string) string {
	all := ""
	for _, p := range parts {
		all += string(netstring.Append(nil, p))
	}
	return string(netstring.Append(nil, all))
}

func TestReceive(t *testing.T) {
	for _, c := range []struct {
		in, want string
		err      error
	}{
		{outer("m\n", "s@x", "a@y", "b@y"), "m\n Fs@x Ta@y Tb@y", nil},
		{outer("", "", ""), " F T", nil},
		{outer("m", "s"), "m Fs", nil},
		{outer("m", "s\x00x", "a"), "m F Ta failed", nil},
		{outer("m", "s", strings.Repeat("a", 999)), "m Fs T" + strings.Repeat("a", 999), nil},
		{outer("m", "s", strings.Repeat("a", 1000), "b"), "m Fs Tb failed", nil},
		{outer("m", "s", "a")[:13], "m Fs", io.EOF},
		{"x", "", ErrFrame},
		{"0:,", "", ErrFrame},
		{"9999999999:", "", netstring.ErrLength},
		{"20:9999999999:", "", netstring.ErrLength},
		{"5:9:", "", ErrFrame},
		{"9:1:m,5:s,,", "m", ErrFrame},
		{"8:1:m,1:s;,", "m", ErrFrame},
		{"8:1:m,1:s,;", "m Fs", ErrFrame},
	} {
		if got, err := receive(c.in); got != c.want || !errors.Is(err, c.err) {
			t.Errorf("%.40q: %.60q %v, want %.60q %v", c.in, got, err, c.want, c.err)
		}
	}
}

func TestNewRequest(t *testing.T) {
	for envelope, good := range map[string]bool{
		"Fs\x00Ta\x00\x00": true, "F\x00\x00": true, "Fs\x00Ta\x00\x00junk": true,
		"": false, "\x00": false, "Ta\x00\x00": false, "Fs": false, "Fs\x00": false, "Fs\x00Ta": false, "Fs\x00Ta\x00": false, "Fs\x00Fs\x00\x00": false,
	} {
		if _, err := NewRequest([]byte("m"), []byte(envelope)); (err == nil) != good {
			t.Errorf("%q: %v", envelope, err)
		}
	}
}

// What a client sends, a server understands; its answer comes back.
func TestSend(t *testing.T) {
	big := strings.Repeat("line\n", 50000)
	for answer, want := range map[string]Answer{"3:Kok,": Queued, "1:Z,": Temporary, "4:Dgo!,": Permanent, "3:abc,": 0, "": 0} {
		client, server := net.Pipe()
		got := make(chan string, 1)
		go func() {
			q := &tape{}
			rc := NewReceiver(server)
			if length, err := rc.Begin(); err == nil {
				rc.Copy(q, length)
			}
			io.WriteString(server, answer)
			server.Close()
			got <- q.String()
		}()
		req, err := NewRequest([]byte(big), []byte("Fs@x\x00Ta@y\x00\x00"))
		if err != nil {
			t.Fatal(err)
		}
		a, err := req.Send(client, time.Minute)
		if a != want || (err == nil) != (want != 0) {
			t.Errorf("%q: %c %v", answer, a, err)
		}
		if sent := <-got; sent != big+" Fs@x Ta@y" {
			t.Errorf("the server heard %d bytes: %.40q", len(sent), sent)
		}
	}
}

func FuzzReceive(f *testing.F) {
	f.Add([]byte(outer("m\n", "s@x", "a@y")))
	f.Add([]byte("200000001:2:"))
	f.Add([]byte("9:1:m,5:s,,"))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := receive(string(in))
		if len(got) > 2*len(in)+20 || err == nil && !strings.Contains(got, " F") {
			t.Errorf("%q: %q %v", in, got, err)
		}
	})
}
