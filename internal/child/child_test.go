package child

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
)

func TestLookup(t *testing.T) {
	dir := t.TempDir()
	clitest.Script(t, filepath.Join(dir, "first/tool"), "echo first $*")
	clitest.Script(t, filepath.Join(dir, "second/tool"), "echo second $*")
	clitest.Files(t, dir, map[string]string{"denied/tool": "x", "file": "x", "w/local": "echo headless $0 $*\n"})
	if err := os.Chmod(filepath.Join(dir, "w/local"), 0o755); err != nil {
		t.Fatal(err)
	}
	// Root may search any folder, but nobody may run a file without an x bit.
	for _, c := range []struct {
		path, name string
		want       string
		err        error
	}{
		{"first:second", "tool", "first a b\n", nil},
		{"none:second", "tool", "second a b\n", nil},
		{"denied:second", "tool", "second a b\n", nil},
		{"file:second", "tool", "second a b\n", nil},
		{"denied:none", "tool", "", syscall.EACCES},
		{"none", "tool", "", syscall.ENOENT},
		{"first", "./tool", "", syscall.ENOENT},
		{"first", "../second/tool", "second a b\n", nil},
		{"none:", "local", "headless ./local a b\n", nil},
		{"none", "local", "", syscall.ENOENT},
		{"first", "./local", "headless ./local a b\n", nil},
		{"first", "", "", syscall.ENOENT},
	} {
		var parts []string
		for _, part := range strings.Split(c.path, ":") {
			if part != "" {
				part = filepath.Join(dir, part)
			}
			parts = append(parts, part)
		}
		p, finish := clitest.Proc(t, "test", clitest.World{Env: []string{"PATH=" + strings.Join(parts, ":")}, Dir: filepath.Join(dir, "w")})
		pid, err := Start(p, p.Stdin, []string{c.name, "a", "b"})
		code := 0
		if err == nil {
			code, _ = WaitPid(pid)
		}
		if got := finish(code); !errors.Is(err, c.err) || got.Code != 0 || got.Stdout != c.want {
			t.Errorf("%s in %s: %+v, %v; want %q, %v", c.name, c.path, got, err, c.want, c.err)
		}
	}
}

func TestDefaultPath(t *testing.T) {
	p, finish := clitest.Proc(t, "test", clitest.World{})
	p.Unsetenv("PATH")
	pid, err := Start(p, p.Stdin, []string{"sh", "-c", "exit 7"})
	if err != nil {
		t.Fatal(err)
	}
	if code, err := WaitPid(pid); code != 7 || err != nil {
		t.Error(code, err, finish(code))
	}
}

func TestFeed(t *testing.T) {
	big := strings.Repeat("0123456789\n", 100_000)
	for _, c := range []struct {
		program string
		input   string
		code    int
		stdout  string
		step    Step
		err     error
	}{
		{"cat", "body\n", 0, "before\nbody\n", 0, nil},
		{"cat; exit 5", "", 5, "before\n", 0, nil},
		{"wc -c | tr -d ' '", big, 0, "1100007\n", 0, nil},
		{"exec <&-; exit 3", "small", 3, "", 0, nil},
		{"exit 3", big, 3, "", StepWrite, syscall.EPIPE},
		{"kill -9 $$", "", 0, "", StepWait, ErrCrashed},
	} {
		p, finish := clitest.Proc(t, "test", clitest.World{Input: c.input})
		code, err := Feed(p, []string{"sh", "-c", c.program}, "before\n")
		got := finish(code)
		if code != c.code || got.Stdout != c.stdout || !errors.Is(err, c.err) {
			t.Errorf("%s: %d %q %v", c.program, code, got.Stdout, err)
		}
		var failure *FeedError
		if errors.As(err, &failure) && failure.Step != c.step {
			t.Errorf("%s: step %d, want %d", c.program, failure.Step, c.step)
		}
	}
}

// A message that a pipe would hold is not too long for a program that has
// ended before the first byte of it is there.
func TestFeedUnread(t *testing.T) {
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p, finish := clitest.Proc(t, "test", clitest.World{Stdin: in})
	gone := p.Path("gone")
	if err := syscall.Mkfifo(gone, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer out.Close()
		os.ReadFile(gone) // until the program has closed its input
		io.WriteString(out, strings.Repeat("x", 64<<10))
	}()
	code, err := Feed(p, []string{"sh", "-c", "exec <&-; echo > gone; exit 3"}, "before\n")
	if got := finish(code); code != 3 || err != nil {
		t.Errorf("%d %v %+v", code, err, got)
	}
}

// What a program is fed must not look like the whole message when reading it
// failed half way: it never sees the end of its input.
func TestFeedReadError(t *testing.T) {
	p, _ := clitest.Proc(t, "test", clitest.World{Stdin: clitest.Open(t, t.TempDir())})
	_, err := Feed(p, []string{"sh", "-c", "cat; touch whole"}, "before\n")
	var failure *FeedError
	if !errors.As(err, &failure) || failure.Step != StepRead || !errors.Is(err, syscall.EISDIR) {
		t.Errorf("%#v", err)
	}
	if _, err := os.Stat(p.Path("whole")); err == nil {
		t.Error("the program has taken a part of the message for all of it")
	}
}

func TestFilter(t *testing.T) {
	big := strings.Repeat("0123456789\n", 100_000)
	for _, c := range []struct {
		program, input string
		code           int
		stdout, stderr string
	}{
		{"cat", "body\n", 0, "before\nbody\n", ""},
		{"exit 5", "", 5, "", ""},
		{"exit 0", big, 0, "", ""},
		{"kill -9 $$", "", 111, "", "test: fatal: child crashed\n"},
	} {
		run := func(p *cmd.Proc) error { return Filter(p, []string{"sh", "-c", c.program}, "before\n") }
		got := clitest.Run(t, "test", run, clitest.World{Input: c.input})
		if got.Code != c.code || got.Stdout != c.stdout || got.Stderr != c.stderr {
			t.Errorf("%s: %+v", c.program, got)
		}
	}
	missing := func(p *cmd.Proc) error { return Filter(p, []string{"./missing"}, "") }
	got := clitest.Run(t, "test", missing, clitest.World{})
	if got.Code != 111 || got.Stderr != "test: fatal: unable to run ./missing: file does not exist\n" {
		t.Errorf("missing program: %+v", got)
	}
}

func TestAsk(t *testing.T) {
	for _, c := range []struct {
		argv   []string
		yes    bool
		code   int
		stderr string
	}{
		{[]string{"true"}, true, 0, ""},
		{[]string{"grep", "-q", "Subject"}, true, 0, ""},
		{[]string{"false"}, false, 0, ""},
		{[]string{"sh", "-c", "exit 100"}, false, 0, ""},
		{[]string{"sh", "-c", "exit 111"}, false, 111, "test: fatal: temporary child error\n"},
		{[]string{"sh", "-c", "kill -9 $$"}, false, 111, "test: fatal: child crashed\n"},
		{[]string{"no-such-program"}, false, 111, "test: fatal: unable to run no-such-program: file does not exist\n"},
		{[]string{"/dev/null"}, false, 111, "test: fatal: unable to run /dev/null: access denied\n"},
		{[]string{"/"}, false, 111, "test: fatal: unable to run /: access denied\n"},
		{[]string{""}, false, 111, "test: fatal: unable to run : file does not exist\n"},
	} {
		p, finish := clitest.Proc(t, "test", clitest.World{Input: "Subject: x\n"})
		yes, err := Ask(p, c.argv)
		got := finish(p.End(err))
		if yes != c.yes || got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q: %v %+v", c.argv, yes, got)
		}
		if pos, _ := p.Stdin.Seek(0, io.SeekCurrent); c.argv[0] == "true" && pos != 0 {
			t.Errorf("the input was read up to %d", pos)
		}
	}
}
