package smtpwire

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

func encode(t testing.TB, in io.Reader) string {
	t.Helper()
	var b bytes.Buffer
	w := bufio.NewWriterSize(&b, 16)
	if err := WriteMessage(w, in); err != nil {
		t.Fatal(err)
	}
	w.Flush()
	return b.String()
}

func TestWriteMessage(t *testing.T) {
	for in, want := range map[string]string{
		"":               "",
		"a\n":            "a\r\n",
		"a":              "a\r\n",
		".":              "..\r\n",
		".\n":            "..\r\n",
		"..\n":           "...\r\n",
		"a.\n .\n":       "a.\r\n .\r\n",
		"\n\n":           "\r\n\r\n",
		"a\r\nb\r\n":     "a\r\nb\r\n",
		"a\rb\n":         "a\r\nb\r\n",
		"a\r.\rb\n":      "a\r\n..\r\nb\r\n",
		"a\n.\r\nQUIT\n": "a\r\n..\r\nQUIT\r\n",
		"a\r\r\n":        "a\r\n\r\n",
		"a\r":            "a\r\n",
		"\r":             "\r\n",
		"é\x00\n":        "é\x00\r\n",
	} {
		if got := encode(t, strings.NewReader(in)); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
		if got := encode(t, iotest.OneByteReader(strings.NewReader(in))); got != want {
			t.Errorf("%q byte by byte: %q, want %q", in, got, want)
		}
	}
}

// lines is what a message's lines are, found in another way than the encoder's.
func lines(s string) []string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = strings.ReplaceAll(s, "\r", "\n")
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, "\n"), "\n")
}

// checkWire fails unless wire holds exactly the lines of the message in, and
// nothing in it could be taken for the end by anyone, however it counts lines.
func checkWire(t *testing.T, in, wire string) {
	t.Helper()
	bare := strings.ReplaceAll(wire, "\r\n", "")
	if strings.ContainsAny(bare, "\r\n") {
		t.Fatalf("%q: a CR or LF without the other in %q", in, wire)
	}
	want := lines(in)
	got := strings.SplitAfter(wire, "\r\n")
	if last := got[len(got)-1]; last != "" {
		t.Fatalf("%q: the last line is not ended in %q", in, wire)
	}
	if got = got[:len(got)-1]; len(got) != len(want) {
		t.Fatalf("%q: %d lines, want %d: %q", in, len(got), len(want), wire)
	}
	for i, line := range got {
		line = strings.TrimSuffix(line, "\r\n")
		if line == "." {
			t.Fatalf("%q ends early in %q", in, wire)
		}
		if strings.TrimPrefix(line, ".") != want[i] && line != want[i] || strings.HasPrefix(want[i], ".") && line != "."+want[i] {
			t.Fatalf("%q: line %d is %q, want %q", in, i, line, want[i])
		}
	}
}

// Every message of up to eight bytes that are CR, LF, dot or something else.
func TestNoMessageEndsItself(t *testing.T) {
	const alphabet = "\r\n.a"
	for size := range 9 {
		b := make([]byte, size)
		total := 1
		for range size {
			total *= len(alphabet)
		}
		for n := range total {
			for i, rest := 0, n; i < size; i, rest = i+1, rest/len(alphabet) {
				b[i] = alphabet[rest%len(alphabet)]
			}
			checkWire(t, string(b), encode(t, bytes.NewReader(b)))
		}
	}
}

func FuzzWriteMessage(f *testing.F) {
	for _, s := range []string{"a\r\n.\r\nb", "\r.\r", ".\n.\r\r\n", "x\r\n\r\n..\r"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		wire := encode(t, strings.NewReader(in))
		checkWire(t, in, wire)
		// Byte by byte, as at each end of a buffer.
		if again := encode(t, iotest.OneByteReader(strings.NewReader(in))); again != wire {
			t.Fatalf("%q: depends on how it is read: %q, %q", in, wire, again)
		}
	})
}

func TestWriteMessageErrors(t *testing.T) {
	var unread *ReadError
	broken := errors.New("broken")
	if err := WriteMessage(bufio.NewWriter(io.Discard), iotest.ErrReader(broken)); !errors.As(err, &unread) || !errors.Is(err, broken) {
		t.Error(err)
	}
	w := bufio.NewWriterSize(failing{broken}, 16)
	if err := WriteMessage(w, strings.NewReader(strings.Repeat("line\n", 9))); err != broken {
		t.Error(err)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
