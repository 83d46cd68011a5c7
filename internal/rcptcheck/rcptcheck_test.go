package rcptcheck

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"qmailkit/internal/clitest"
	"qmailkit/internal/netstring"
)

// listen answers every question in home with answer.
func listen(t *testing.T, home, answer string) {
	t.Helper()
	if err := os.Mkdir(filepath.Join(home, "run"), 0o755); err != nil {
		t.Fatal(err)
	}
	clitest.Serve(t, "unix", Path(home), func(conn net.Conn) {
		if recipient, err := ReadQuestion(conn); err == nil && recipient == "joe@a.test" {
			conn.Write([]byte(answer))
		}
	})
}

func TestAsk(t *testing.T) {
	for answer, want := range map[string]Verdict{"y": Yes, "n": No, "?": Unknown, "x": Unknown, "\x00": Unknown, "": Unknown} {
		home := t.TempDir()
		if Configured(home) || Ask(home, "joe@a.test") != Unknown {
			t.Fatal("nobody is there")
		}
		listen(t, home, answer)
		if got := Ask(home, "joe@a.test"); got != want || !Configured(home) {
			t.Errorf("%q: %c", answer, got)
		}
		if got := Ask(home, strings.Repeat("x", MaxRecipient+1)); got != Unknown {
			t.Errorf("too long: %c", got)
		}
	}
}

func TestNoSocket(t *testing.T) {
	home := t.TempDir()
	os.Mkdir(filepath.Join(home, "run"), 0o755)
	if err := os.WriteFile(Path(home), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if Configured(home) || Ask(home, "x") != Unknown {
		t.Error("a file is no socket")
	}
}

func FuzzReadQuestion(f *testing.F) {
	f.Add("3:a@b,")
	f.Add("4097:")
	f.Add("1:a;")
	f.Add("0:,")
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ReadQuestion(iotest.OneByteReader(strings.NewReader(text)))
		if err != nil {
			return
		}
		written := netstring.Append(nil, got)
		if len(got) > MaxRecipient || len(written) > len(text) || !strings.HasSuffix(text[:strings.IndexByte(text, ':')+1+len(got)+1], got+",") {
			t.Errorf("%q became %q", text, got)
		}
	})
}
