package inject

import (
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/control"
	"qmailkit/internal/mess822"
)

func newRewriter() *Rewriter {
	return &Rewriter{
		Rules: mess822.DefaultRules("dh.example", "dd.example", "plus.example"), IDHost: "id.example", IDMark: func() string { return ".7" },
		Now: time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC), From: "joe@dh.example",
	}
}

// FuzzRewrite: whatever the message and the environment are, the header is one
// field after another, and rewriting it once more changes nothing of its
// dates and fields' names.
func FuzzRewrite(f *testing.F) {
	f.Add("To: a, b@c\nSubject: x\n\nbody", "joe@h", "Joe B")
	f.Add("From x\nBcc: <@r:a@b>, g: b; h: c;\n", "a b", "a\n b")
	f.Add("\tx\nDate: 1 Jan 26 0:00 EST\nMessage-ID: a\nmessage-id: b\nTo: \"x\x00\"", "\x00\n", "\"\\")
	f.Fuzz(func(t *testing.T, message, from, name string) {
		w := newRewriter()
		w.From, w.Name, w.Envelope = from, &name, true
		m, err := w.Rewrite(strings.NewReader(message))
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.SplitAfter(m.Header, "\n") {
			continued := i > 0 && line != "" && (line[0] == ' ' || line[0] == '\t')
			if line != "" && !continued && !isField(line) {
				t.Fatalf("%q: line %q in %q", message, line, m.Header)
			}
		}
		again, err := w.Rewrite(strings.NewReader(m.Header))
		if err != nil || names(again.Header) != names(m.Header) {
			t.Fatalf("%q, then %q: %v", m.Header, again.Header, err)
		}
	})
}

// names are those of a header's fields.
func names(header string) string {
	var b strings.Builder
	for _, line := range strings.Split(header, "\n") {
		if line != "" && line[0] != ' ' && line[0] != '\t' {
			name, _, _ := strings.Cut(line, ":")
			b.WriteString(name + " ")
		}
	}
	return b.String()
}

func TestRewriting(t *testing.T) {
	for _, c := range []struct {
		files      map[string]string
		env        map[string]string
		own        string
		host, idIs string
	}{
		{nil, nil, "", "pc.DEFAULTDOMAIN", "IDHOST.DEFAULTDOMAIN"},
		{map[string]string{"me": "me.example"}, nil, "", "pc.me.example", "me.example"},
		{map[string]string{"me": "me", "defaultdomain": "dd", "idhost": "id+", "plusdomain": "plus"}, nil, "", "pc.dd", "id.plus"},
		{map[string]string{"defaultdomain": "dd"}, map[string]string{"QMAILDEFAULTDOMAIN": "e\nnv", "QMAILIDHOST": "x"}, "", "pc.e nv", "x.e nv"},
		{map[string]string{"rewrite": "# none\njunk\n", "defaultdomain": "dd"}, nil, "", "pc", "IDHOST"},
		{map[string]string{"rewrite": "*:.r \n", "own": "*:.own"}, nil, "own", "pc.own", "IDHOST.own"},
		{map[string]string{"rewrite": "*:.r \n"}, nil, "own", "pc.r", "IDHOST.r"},
	} {
		dir := t.TempDir()
		clitest.Files(t, dir, c.files)
		own := c.own
		if own != "" {
			own = dir + "/" + own
		}
		rules, id, err := Rewriting(control.Dir(dir), own, func(name string) (string, bool) { v, ok := c.env[name]; return v, ok })
		if err != nil || rules.Host("pc") != c.host || id != c.idIs {
			t.Errorf("%q: %q %q, %v", c.files, rules.Host("pc"), id, err)
		}
	}
}
