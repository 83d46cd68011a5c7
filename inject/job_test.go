package inject

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"qmailkit/internal/addr"
	"qmailkit/internal/control"
)

func tokens(s string) []addr.Token {
	t, err := addr.Parse(s)
	if err != nil {
		panic(err)
	}
	return t
}

var testRules = &addr.Rules{Host: tokens("@dh.example"), Domain: tokens(".dd.example"), Plus: tokens(".plus.example")}

// job is the one that the tests vary.
func job() *Job {
	return &Job{
		Rules: testRules, IDHost: "id.example", FromHeader: true,
		Author: Author{User: "joe", SenderUser: "joe"},
		Now:    time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC), Pid: 42,
	}
}

const (
	stamps = "Date: 2 Nov 2026 03:04:05 -0000\nMessage-ID: <20261102030405.42.qmail@id.example>\n"
	from   = "From: joe@dh.example\n"
	noCc   = "Cc: recipient list not shown: ;\n"
)

// text makes a message ready and returns it whole.
func text(t *testing.T, j *Job, message string) (*Message, string) {
	t.Helper()
	m, err := j.Prepare(strings.NewReader(message))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	n, err := m.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo: %d of %d bytes, %v", n, b.Len(), err)
	}
	return m, b.String()
}

func TestMessage(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"empty", "", stamps + from + noCc},
		{"no body", "To: a@b.c", stamps + from + "To: a@b.c\n"},
		{"body without newline", "To: a@b.c\n\nhi", stamps + from + "To: a@b.c\n\nhi\n"},
		{"text alone", "hello there\nmore", stamps + from + noCc + "\nhello there\nmore\n"},
		{"bad line", "To: a@b.c\nno field\nCc: d\n", stamps + from + "To: a@b.c\n\nno field\nCc: d\n"},
		{"From_ line", "From joe  today\nTo: a@b.c\n", stamps + from + "MBOX-Line: From joe  today\nTo: a@b.c\n"},
		{"order", "X: 1\nTo: a@b.c\nY: 2\n", stamps + from + "X: 1\nTo: a@b.c\nY: 2\n"},
		{"dropped", "Bcc: x\nContent-Length: 5\nReturn-Path: <>\nTo: a\n", stamps + from + "To: a@dh.example\n"},
		{"names", "to \t: a\nCC: b\n", stamps + from + "to: a@dh.example\nCC: b@dh.example\n"},
		{"fold", "Subject: a\n b\n\tc\n  \nTo: a@b.c\n", stamps + from + "Subject: a\n b\n\tc\n  \nTo: a@b.c\n"},
		{"kept", "Date: x\nMessage-ID: y\nFrom: z\nCc: a@b.c\n", "Date: x\nMessage-ID: y\nFrom: z@dh.example\nCc: a@b.c\n"},
		{"resent", "To: old@b.c\nResent-To: new@b.c\n",
			"Resent-Date: 2 Nov 2026 03:04:05 -0000\nResent-Message-ID: <20261102030405.42.qmail@id.example>\nResent-" + from + "To: old@b.c\nResent-To: new@b.c\n"},
		{"resent, nothing missing", "Resent-Date: d\nResent-Message-ID: m\nResent-From: f@g.h\nResent-Bcc: x\n",
			"Resent-" + noCc + "Resent-Date: d\nResent-Message-ID: m\nResent-From: f@g.h\n"},
		{"backslash at the end", "To: joe\\\n", stamps + from + "To: joe@dh.example\n"},
		{"quoted word", "To: joe\\ x\n", stamps + from + "To: \"joe x\"@dh.example\n"},
	} {
		if _, got := text(t, job(), c.in); got != c.want {
			t.Errorf("%s: %q\nwant %q", c.name, got, c.want)
		}
	}
}

func TestEnvelope(t *testing.T) {
	sender := "s@t.u"
	for _, c := range []struct {
		name, in, want string
		change         func(*Job)
	}{
		{"header", "To: a@b.c\nBcc: d@e.f\nApparently-To: g@h.i\n", "joe@dh.example a@b.c d@e.f g@h.i", nil},
		{"arguments only", "To: a@b.c\n", "joe@dh.example x", func(j *Job) { j.Recipients, j.FromHeader = []string{"x"}, false }},
		{"both", "To: a@b.c\n", "joe@dh.example x a@b.c", func(j *Job) { j.Recipients = []string{"x"} }},
		{"resent", "To: a@b.c\nResent-Bcc: d@e.f\n", "joe@dh.example d@e.f", nil},
		{"nobody is left out", "To: <>, @, a@b.c, .\n", "joe@dh.example a@b.c", nil},
		{"two groups", "To: g: a@b.c; h: d@e.f;\n", "joe@dh.example d@e.f a@b.c", nil},
		{"angle addresses", "To: <a@b.c> d@e.f <g@h.i>\n", "joe@dh.example g@h.i d@e.f a@b.c", nil},
		{"Return-Path", "Return-Path: a@b.c, d@e.f\nReturn-Path: x\n", "d@e.f", nil},
		{"Return-Path dropped", "Return-Path: (\n", "joe@dh.example", func(j *Job) { j.Options.DropReturnPath = true }},
		{"empty sender", "Return-Path: <>\n", "", nil},
		{"given sender", "Return-Path: a@b.c\n", "s@t.u", func(j *Job) { j.Sender = &sender; j.Options.PerRecipient = true }},
		{"per recipient", "", "joe-@dh.example-@[]", func(j *Job) { j.Options.PerRecipient = true }},
		{"per recipient, Return-Path", "Return-Path: a@b.c\n", "a@b.c-@[]", func(j *Job) { j.Options.PerRecipient = true }},
		{"per message", "", "joe-1793588645.42@sh.dd.example", func(j *Job) { j.Options.PerMessage = true; j.Author.SenderHost = "sh" }},
		{"unreadable field that does not matter", "To: (\nResent-To: a@b.c\n", "joe@dh.example a@b.c", nil},
		{"unreadable fields that do not matter", "To: (\n", "joe@dh.example x", func(j *Job) { j.Recipients, j.FromHeader = []string{"x"}, false }},
		{"comments", "To: <a@b+(c)>, <(c)@r:d@e.f>\n", "joe@dh.example d@e.f a@b.plus.example", nil},
	} {
		j := job()
		if c.change != nil {
			c.change(j)
		}
		m, _ := text(t, j, c.in)
		if got := strings.Join(append([]string{m.Sender}, m.Recipients...), " "); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestUnreadableField(t *testing.T) {
	for _, c := range []struct{ in, field string }{
		{"From: (\nTo: a\n", "From: (\n"},
		{"Return-Path: joe>\n", "Return-Path: joe>\n"},
		{"Return-Path: \"a\x00b\"@c\n", "Return-Path: \"a\x00b\"@c\n"},
		{"To: a\nCc: b (\n c\nTo: ;;\n", "Cc: b (\n c\n"},
		{"Bcc: a, g: b\n", "Bcc: a, g: b\n"},
		{"To: (\nResent-Bcc: b>\n", "Resent-Bcc: b>\n"},
		{"To: a, \"b\x00\"@c\n", "To: a, \"b\x00\"@c\n"},
	} {
		_, err := job().Prepare(strings.NewReader(c.in))
		var field *FieldError
		if !errors.As(err, &field) || field.Field != c.field {
			t.Errorf("%q: %v, want %q", c.in, err, c.field)
		}
	}
}

func TestAuthor(t *testing.T) {
	name := "Joe \"B\"\nX: y"
	for _, c := range []struct {
		change func(*Job)
		want   string
	}{
		{func(j *Job) { j.Author.Host = "h" }, "From: joe@h.dd.example\n"},
		{func(j *Job) { j.Author.User = "a b" }, "From: \"a b\"@dh.example\n"},
		{func(j *Job) { j.Author.User = "a\nX: y" }, "From: \"a X: y\"@dh.example\n"},
		{func(j *Job) { j.Author.Host = "h\nX" }, "From: joe@h.dd.example, X@dh.example\n"},
		{func(j *Job) { j.Author.Name = &name }, "From: \"Joe \\\"B\\\" X: y\" <joe@dh.example>\n"},
		{func(j *Job) { j.Author.Name, j.Options.NameInComment = &name, true }, "From: joe@dh.example (Joe \\\"B\\\" X: y)\n"},
	} {
		j := job()
		c.change(j)
		_, got := text(t, j, "To: a@b.c\nDate: d\nMessage-ID: m\n")
		if want := c.want + "To: a@b.c\nDate: d\nMessage-ID: m\n"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	j := job()
	j.IDHost = "h>\nX: y"
	if _, got := text(t, j, "To: a@b.c\n"); strings.Contains(got, "\nX: y") {
		t.Errorf("the id host starts a field: %q", got)
	}
	j = job()
	j.Author.SenderHost = "h:i"
	var field *FieldError
	if _, err := j.Prepare(strings.NewReader("")); !errors.As(err, &field) || field.Field != "Return-Path: \"joe\"@h:i\n" {
		t.Errorf("a colon in a host: %v", err)
	}
}

func TestFollowup(t *testing.T) {
	for in, want := range map[string]string{
		"To: LIST@l.example, <>, \"a b\"\nCc: c\nBcc: d\n": "Mail-Followup-To: c@dh.example,\n  LIST@l.example,\n  \"a b\"@dh.example\n",
		"To: other@l.example\n":                            "",
		"Bcc: list@l.example\n":                            "",
		"To: list@l.example\nMail-Followup-To: x\n":        "Mail-Followup-To: x\n",
		"Resent-To: a\nTo: list@l.example\n":               "",
	} {
		j := job()
		j.Lists = control.NewSet([]string{"list@l.example"})
		_, got := text(t, j, in)
		i := strings.Index(got, "Mail-Followup-To:")
		if want == "" && i >= 0 || want != "" && !strings.Contains(got, "\n"+want) {
			t.Errorf("%q: %q", in, got)
		}
	}
}

// Both ways of making a message ready tell a message that cannot be read from
// one that cannot be written.
func TestReadErrors(t *testing.T) {
	broken := errors.New("broken")
	var read *ReadError
	for name, prepare := range map[string]func(io.Reader) (io.WriterTo, error){
		"Prepare": func(r io.Reader) (io.WriterTo, error) { return job().Prepare(r) },
		"Rewrite": func(r io.Reader) (io.WriterTo, error) { return newRewriter().Rewrite(r) },
	} {
		_, err := prepare(io.MultiReader(strings.NewReader("To: a\n"), iotest.ErrReader(broken)))
		if !errors.As(err, &read) || !errors.Is(err, broken) {
			t.Errorf("%s, in the header: %v", name, err)
		}
		m, err := prepare(io.MultiReader(strings.NewReader("To: a\n\nbody"), iotest.ErrReader(broken)))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.WriteTo(io.Discard); !errors.As(err, &read) || !errors.Is(err, broken) {
			t.Errorf("%s, in the body: %v", name, err)
		}
		if m, err = prepare(strings.NewReader("To: a\n\nbody")); err != nil {
			t.Fatal(err)
		}
		if _, err := m.WriteTo(failing{broken}); !errors.Is(err, broken) || errors.As(err, &read) {
			t.Errorf("%s, writing: %v", name, err)
		}
		if _, err := prepare(&endless{}); err != ErrHeaderTooLong {
			t.Errorf("%s, endless header: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (w failing) Write([]byte) (int, error) { return 0, w.err }

type endless struct{}

func (*endless) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = 'x'
	}
	return len(b), nil
}

func TestAddress(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "joe": "joe@dh.example", "a b@h": "a b@h.dd.example", "<a@b>": "<a@b>.dd.example",
		"@": "@dh.example", "a@h(c)": "a@h.dd.example", "#@[]": "#@[]",
	} {
		if got, err := Address(testRules, in); err != nil || got != want {
			t.Errorf("Address(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
	for _, in := range []string{"a@b(", "a@[", "a@\"", "a@\"\x00\""} {
		if got, err := Address(testRules, in); err == nil {
			t.Errorf("Address(%q) = %q", in, got)
		}
	}
}
