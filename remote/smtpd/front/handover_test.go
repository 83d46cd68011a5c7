package front

import (
	"bytes"
	"strings"
	"testing"

	"qmailkit/remote/smtpd"
)

// What one program leaves to the other is what that takes over: the client has
// a say in it.
func FuzzResume(f *testing.F) {
	f.Add(true, true, "c.example", []byte("EHLO y\r\nMAIL FROM:<x>\r\n"))
	f.Add(true, false, "a b", []byte("\x00\n"))
	f.Add(false, false, "", []byte("EHLO x\n"))
	f.Fuzz(func(t *testing.T, greeted, esmtp bool, helo string, rest []byte) {
		if strings.ContainsAny(helo, "\x00\n") { // a line that was cut at its NUL
			return
		}
		if esmtp = esmtp && greeted; !greeted {
			helo = ""
		}
		text := resumeText(smtpd.Resume{Greeted: greeted, ESMTP: esmtp, Helo: helo, Rest: rest})
		if strings.Contains(text, "\x00") {
			t.Fatalf("%q cannot be in an environment", text)
		}
		before, _, _ := bytes.Cut(rest, []byte{0})
		if r := parseResume(text); r.Greeted != greeted || r.ESMTP != esmtp || r.Helo != helo || !bytes.Equal(r.Rest, before) {
			t.Fatalf("%q: %+v", text, r)
		}
	})
}
