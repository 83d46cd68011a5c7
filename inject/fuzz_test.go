package inject

import (
	"strings"
	"testing"
)

// FuzzPrepare: whatever the message and the environment are, the header is one
// field after another, and the envelope holds nothing that could end it.
func FuzzPrepare(f *testing.F) {
	f.Add("To: a, b@c\nSubject: x\n\nbody", "joe", "host", "Joe B", "id")
	f.Add("From x\nBcc: <@r:a>, g: b; h: c;\nResent-To: (", "a b", "h+", "a\n b", "x>\nX: y")
	f.Add("To: a\\\n b\nReturn-Path: \"x\x00\"", "\x00", "[", "\"\\", "\n")
	f.Add("To: \"a\n b\"@c\nCc: list@l.example", "", "@", "", "")
	f.Fuzz(func(t *testing.T, message, user, host, name, id string) {
		j := job()
		j.IDHost = id
		j.Author = Author{User: user, Host: host, Name: &name, SenderUser: user, SenderHost: host}
		m, err := j.Prepare(strings.NewReader(message))
		if err != nil {
			return
		}
		for i, line := range strings.SplitAfter(m.Header, "\n") {
			continued := i > 0 && line != "" && (line[0] == ' ' || line[0] == '\t')
			if line != "" && !continued && !isField(line) {
				t.Fatalf("%q: line %q in %q", message, line, m.Header)
			}
		}
		if !strings.HasSuffix(m.Header, "\n") {
			t.Fatalf("%q: header %q has no end", message, m.Header)
		}
		if strings.Count(m.ReturnPath(), "\n") != 1 {
			t.Fatalf("sender %q is shown as %q", m.Sender, m.ReturnPath())
		}
		for _, a := range append([]string{m.Sender + "x"}, m.Recipients...) {
			if a == "" || hasNUL(a) {
				t.Fatalf("%q: %q cannot be in an envelope", message, a)
			}
		}
	})
}
