package qmqp

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// longest is how long a letter and an address may be that a server takes.
const longest = 1000

// hearsay is a server that answers what it always does.
type hearsay struct {
	bytes.Buffer // what it hears
	answer       io.Reader
}

func (c *hearsay) Read(b []byte) (int, error)  { return c.answer.Read(b) }
func (c *hearsay) SetDeadline(time.Time) error { return nil }

// What is sent for any envelope that qmail-queue takes is that envelope to a
// server, and the answer is the first letter that is one, however it arrives.
func FuzzSend(f *testing.F) {
	f.Add([]byte("m\n"), []byte("Fs@x\x00Ta@y\x00Tb@y\x00\x00"), "3:Kok,", false)
	f.Add([]byte(""), []byte("F\x00\x00"), "10:Zlater, KD,", true)
	f.Add([]byte("\x00,"), []byte("Fs\x00T\x00\x00"), "1024:"+strings.Repeat("x", 30), true)
	f.Fuzz(func(t *testing.T, message, envelope []byte, answer string, slow bool) {
		req, err := NewRequest(message, envelope)
		if err != nil {
			if !errors.Is(err, ErrEnvelope) {
				t.Fatal(err)
			}
			return
		}
		conn := &hearsay{answer: strings.NewReader(answer)}
		if slow {
			conn.answer = oneByOne{conn.answer}
		}
		got, err := req.Send(conn, time.Second)
		if len(answer) < maxAnswer {
			i := strings.IndexAny(answer, "KZD")
			if i < 0 && err == nil || i >= 0 && (err != nil || got != Answer(answer[i])) {
				t.Fatalf("%q is taken for %q, %v", answer, got, err)
			}
		}
		heard, err := receive(conn.String())
		want, fits := string(message), true
		for _, record := range bytes.Split(envelope[:bytes.Index(envelope, []byte("\x00\x00"))], []byte{0}) {
			want += " " + string(record)
			fits = fits && len(record) <= longest
		}
		if fits && (heard != want || err != nil) {
			t.Fatalf("%q %q: a server hears %q, %v", message, envelope, heard, err)
		}
	})
}

// oneByOne gives a byte at a time.
type oneByOne struct{ r io.Reader }

func (o oneByOne) Read(b []byte) (int, error) { return o.r.Read(b[:min(1, len(b))]) }
