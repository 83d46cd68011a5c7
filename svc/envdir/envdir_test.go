package main

import (
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M)   { scripttest.Main(m, map[string]scripttest.Program{"envdir": Run}) }
func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }

// A folder may let itself be entered and not be read, or the other way round.
func TestModes(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read and enter everything")
	}
	for mode, want := range map[os.FileMode]string{
		0o300: "unable to read directory d", 0o600: "unable to switch to directory d", 0: "unable to switch to directory d",
	} {
		dir := t.TempDir()
		if err := os.Mkdir(dir+"/d", mode); err != nil {
			t.Fatal(err)
		}
		got := clitest.Run(t, "envdir", Run, clitest.World{Args: []string{"d", "true"}, Dir: dir})
		if got != (clitest.Result{Code: 111, Stderr: "envdir: fatal: " + want + ": access denied\n"}) {
			t.Errorf("%o: %+v", mode, got)
		}
	}
}

func TestValue(t *testing.T) {
	for line, want := range map[string]string{
		"": "", "\n": "", "a": "a", "a\n": "a", "a \t \n": "a", " a\n": " a", "a\r\n": "a\r", "a\x00b\n": "a\nb", "a\nb\n": "a", "a\x00 \n": "a\n",
	} {
		if got := value([]byte(line)); got != want {
			t.Errorf("%q: %q, not %q", line, got, want)
		}
	}
}

func FuzzValue(f *testing.F) {
	f.Add([]byte("a\x00b \nc"))
	f.Fuzz(func(t *testing.T, line []byte) {
		v := value(line)
		if strings.Contains(v, "\x00") || strings.HasSuffix(v, " ") || strings.HasSuffix(v, "\t") || len(v) > len(line) {
			t.Errorf("%q: %q", line, v)
		}
	})
}
