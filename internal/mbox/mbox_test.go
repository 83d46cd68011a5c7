package mbox

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestFromLine(t *testing.T) {
	when := time.Date(2026, 11, 2, 23, 4, 5, 0, time.FixedZone("", -3600))
	for sender, want := range map[string]string{
		"":          "From MAILER-DAEMON Tue Nov 03 00:04:05 2026\n",
		"joe@host":  "From joe@host Tue Nov 03 00:04:05 2026\n",
		"a b\t\nc@": "From a-b--c@ Tue Nov 03 00:04:05 2026\n",
	} {
		if got := FromLine(sender, when); got != want {
			t.Errorf("%q: %q", sender, got)
		}
	}
}

func quote(t *testing.T, chunks ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out)
	for _, c := range chunks {
		if n, err := w.Write([]byte(c)); n != len(c) || err != nil {
			t.Fatalf("%q: %d %v", c, n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestQuoting(t *testing.T) {
	for in, want := range map[string]string{
		"":                                  "\n",
		"\n":                                "\n\n",
		"a":                                 "a\n\n",
		"a\n":                               "a\n\n",
		"From ":                             ">From \n\n",
		"From":                              "From\n\n",
		"Fro":                               "Fro\n\n",
		"From\n":                            "From\n\n",
		"From x\nFrom y":                    ">From x\n>From y\n\n",
		">From x\n>>From y\n":               ">>From x\n>>>From y\n\n",
		">":                                 ">\n\n",
		">F>From \n":                        ">F>From \n\n",
		" From x\n":                         " From x\n\n",
		"x From y\n":                        "x From y\n\n",
		"FFrom x\n":                         "FFrom x\n\n",
		"from x\nFROM y\n":                  "from x\nFROM y\n\n",
		"a\r\nFrom \x00\xff\n":              "a\r\n>From \x00\xff\n\n",
		strings.Repeat(">", 99):             strings.Repeat(">", 99) + "\n\n",
		strings.Repeat(">", 99) + "From \n": strings.Repeat(">", 100) + "From \n\n",
	} {
		if got := quote(t, in); got != want {
			t.Errorf("%q: %q", in, got)
		}
		if got := quote(t, strings.Split(in, "")...); got != want {
			t.Errorf("byte by byte %q: %q", in, got)
		}
	}
}

func TestWriteError(t *testing.T) {
	if _, err := NewWriter(failing{}).Write([]byte("a")); err == nil {
		t.Error("a failure is not told")
	}
	if err := NewWriter(failing{}).Close(); err == nil {
		t.Error("a failure of Close is not told")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, bytes.ErrTooLarge }

// A reader of mboxrd gets back what was written, however it was cut.
func FuzzQuoting(f *testing.F) {
	f.Add("From a\n>From b\n", 3)
	f.Add(">>>From", 1)
	f.Add("\n\nFrom ", 7)
	f.Fuzz(func(t *testing.T, message string, cut int) {
		cut = max(0, min(cut, len(message)))
		got := quote(t, message[:cut], message[cut:])
		body := strings.TrimSuffix(got, "\n")
		lines := strings.SplitAfter(body, "\n")
		for i, line := range lines {
			bare := strings.TrimLeft(line, ">")
			if strings.HasPrefix(bare, "From ") {
				if bare == line {
					t.Fatalf("unquoted %q", line)
				}
				lines[i] = line[1:]
			}
		}
		back := strings.Join(lines, "")
		if back != message && back != message+"\n" {
			t.Fatalf("%q came back as %q", message, back)
		}
	})
}
