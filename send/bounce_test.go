package send

import (
	"strings"
	"testing"
	"time"
)

func TestParagraph(t *testing.T) {
	for _, c := range []struct{ recipient, report, want string }{
		{"u@h", "no\n", "<u@h>:\nno\n\n"},
		{"u@h", "no", "<u@h>:\nno\n\n"},
		{"u@h", "", "<u@h>:\n\n"},
		{"u@h", "\n", "<u@h>:\n\n\n"},
		{"u@h", "\n\n\n", "<u@h>:\n//\n\n"},
		{"u@h", "\nx\n", "<u@h>:\n/x\n\n"},
		{"u@h", "a\n\nb\n", "<u@h>:\na\n/b\n\n"},
		{"u@h", "a\n\n", "<u@h>:\na\n\n\n"},
		{"u@h", "a\n \nb\n", "<u@h>:\na\n \nb\n\n"},
		{"u\n\n@h", "no\n", "<u__@h>:\nno\n\n"},
	} {
		if got := Paragraph(c.recipient, c.report); got != c.want {
			t.Errorf("%q %q: %q, want %q", c.recipient, c.report, got, c.want)
		}
	}
}

var when = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

func TestNotice(t *testing.T) {
	n := Notice{From: "MAILER-DAEMON", Host: "h.example", To: "a b@c", Sender: "a b@c"}
	want := "Date: 2 Jan 2026 03:04:05 -0000\nFrom: MAILER-DAEMON@h.example\nTo: \"a b\"@c\nSubject: failure notice\n\n" +
		"Hi. This is the qmail-send program at h.example.\nI'm afraid I wasn't able"
	if got := n.Head(when); !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "work out.\n\n") {
		t.Errorf("%q", got)
	}
	if got := n.Divider(); got != "--- Below this line is a copy of the message.\n\nReturn-Path: <\"a b\"@c>\n" {
		t.Errorf("%q", got)
	}
	n = Notice{From: "M D", Host: "h", To: "postmaster@h"}
	want = "From: \"M D\"@h\nTo: postmaster@h\n"
	if got := n.Head(when); !strings.Contains(got, want) || !strings.HasSuffix(got, "at h.\nI tried to deliver a bounce message to this address, but the bounce bounced!\n\n") {
		t.Errorf("%q", got)
	}
	if got := n.Divider(); got != "--- Below this line is the original bounce.\n\nReturn-Path: <>\n" {
		t.Errorf("%q", got)
	}
	n.Subject, n.Intro = "Unzustellbar", "Leider.\n"
	if got := n.Head(when); !strings.HasSuffix(got, "\nSubject: Unzustellbar\n\nLeider.\n\n") {
		t.Errorf("%q", got)
	}
}

func FuzzParagraph(f *testing.F) {
	f.Add("u@h", "no\n\nway")
	f.Fuzz(func(t *testing.T, recipient, report string) {
		p := Paragraph(recipient, report)
		head, body, ok := strings.Cut(p, ">:\n")
		if !strings.HasPrefix(p, "<") || !strings.HasSuffix(p, "\n") || !ok || strings.Contains(head, "\n") {
			t.Fatalf("%q", p)
		}
		if len(body) > 2 && strings.Contains(body[:len(body)-2], "\n\n") {
			t.Fatalf("empty line inside %q", p)
		}
	})
}
