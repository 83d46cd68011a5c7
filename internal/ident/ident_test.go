package ident

import (
	"bytes"
	"io"
	"net/netip"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("x", maxName)
	for line, want := range map[string]struct {
		name string
		ok   bool
	}{
		"1 , 2 : USERID : UNIX : joe\r\n": {"joe", true},
		"1,2:USERID:UNIX:a:b c\t\r\n":     {"a:bc", true},
		"1,2:USERID:UNIX:\n":              {"", true},
		"1,2:USERID:UNIX:a\x00b\n":        {"a", true},
		"1,2:USERID:UNIX:" + long + "y\n": {long, true},
		"hello\n":                         {"", true},
		"1,2:ERROR:NO-USER\r\n":           {"", false},
		"1,2 : error : X : joe\n":         {"", false},
	} {
		if name, ok := parse(line); name != want.name || ok != want.ok {
			t.Errorf("%.40q: %.40q %v", line, name, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1 , 2 : USERID : UNIX : joe\r\n")
	f.Add("1,2:ERROR:NO-USER\r\n")
	f.Fuzz(func(t *testing.T, line string) {
		name, ok := parse(line)
		if strings.ContainsAny(name, " \t\r\n\x00") || len(name) > maxName || name != "" && !ok {
			t.Errorf("%q: %q %v", line, name, ok)
		}
	})
}

func TestAsk(t *testing.T) {
	remote, local := netip.MustParseAddrPort("127.0.0.1:1234"), netip.MustParseAddrPort("127.0.0.1:25")
	for answer, want := range map[string]string{"1,2:USERID:UNIX:joe\r\n": "joe true", "1,2:USERID:UNIX:joe": " false",
		strings.Repeat("x", 2*maxAnswer) + "\n": " false"} {
		host := &hearsay{answer: strings.NewReader(answer)}
		name, ok := Ask(host, remote, local)
		got := name + " false"
		if ok {
			got = name + " true"
		}
		if got != want {
			t.Errorf("%.30q: %s", answer, got)
		}
		if q := host.String(); q != "1234 , 25\r\n" {
			t.Errorf("question %q", q)
		}
	}
}

// hearsay is a host that answers what it always does.
type hearsay struct {
	bytes.Buffer // what it hears
	answer       io.Reader
}

func (c *hearsay) Read(b []byte) (int, error) { return c.answer.Read(b) }
