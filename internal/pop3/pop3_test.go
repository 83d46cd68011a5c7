package pop3

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	long := strings.Repeat("x", 5000)
	for _, c := range []struct{ line, verb, arg string }{
		{"USER joe\r\n", "USER", "joe"},
		{"user joe\n", "USER", "joe"},
		{"PASS  a b \r\n", "PASS", "a b "},
		{"quit\r\n", "QUIT", ""},
		{"\r\n", "", ""},
		{"PASS a\x00b\r\n", "PASS", "a"},
		{"PASS " + long + "\n", "PASS", long},
	} {
		verb, arg, err := NewConn(strings.NewReader(c.line), io.Discard).Command()
		if verb != c.verb || arg != c.arg || err != nil {
			t.Errorf("%.20q: %q %.20q %v", c.line, verb, arg, err)
		}
	}
	if _, _, err := NewConn(strings.NewReader("QUIT"), io.Discard).Command(); !errors.Is(err, io.EOF) {
		t.Errorf("half a line: %v", err)
	}
	if _, _, err := NewConn(strings.NewReader(strings.Repeat("x", 1<<20)), io.Discard).Command(); !errors.Is(err, ErrLine) {
		t.Errorf("no end: %v", err)
	}
}

func TestAnswers(t *testing.T) {
	var out bytes.Buffer
	c := NewConn(strings.NewReader("NOOP\n"), &out)
	c.OK("hello")
	c.Err("no")
	if c.Lines([]string{"a", "b"}); out.Len() != 0 {
		t.Errorf("%q is sent too early", &out)
	}
	c.Command()
	if got := out.String(); got != "+OK hello\r\n-ERR no\r\n+OK \r\na\r\nb\r\n.\r\n" {
		t.Errorf("%q", got)
	}
}

// What is behind a command is left for who comes next.
func TestSlowly(t *testing.T) {
	in := strings.NewReader("PASS x\r\nSTAT\r\n")
	if _, _, err := NewConn(Slowly(in), io.Discard).Command(); err != nil {
		t.Fatal(err)
	}
	if rest, _ := io.ReadAll(in); string(rest) != "STAT\r\n" {
		t.Errorf("%q is left", rest)
	}
}

func FuzzCommand(f *testing.F) {
	f.Add([]byte("USER joe\r\nPASS x\n"))
	f.Add([]byte("\x00\r\r\n \n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		c := NewConn(bytes.NewReader(b), io.Discard)
		for n := 0; ; n++ {
			verb, arg, err := c.Command()
			if err != nil {
				return
			}
			if n > len(b) || strings.ContainsAny(verb+arg, "\x00\n") || strings.Contains(verb, " ") || strings.HasPrefix(arg, " ") {
				t.Fatalf("%q %q", verb, arg)
			}
		}
	})
}
