package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/sys"
)

// contents joins a log's lines, the oldest first.
func contents(t *testing.T, dir string) string {
	t.Helper()
	old, err := filepath.Glob(dir + "/@*")
	if err != nil {
		t.Fatal(err)
	}
	sort.Strings(old)
	text := ""
	for _, name := range append(old, dir+"/current") {
		text += clitest.Read(t, name)
	}
	return text
}

func TestScripts(t *testing.T) {
	long := strings.Repeat("x", 1500)
	for _, c := range []struct {
		script, input, stderr, log, status string
	}{
		{"", "a\nb\n", "", "", ""},
		{"e", "a\nb", "a\nb\n", "", ""},
		{"e", long + "\nb\n", long[:200] + "...\nb\n", "", ""},
		{"-* +b* e", "a\nb1\n\n", "b1\n", "", ""},
		{"./log", "a\n\nb", "", "a\n\nb\n", ""},
		{"./log", long + "\n" + long[:1000] + "\n" + long[:1001], "", long + "\n" + long[:1000] + "\n" + long[:1001] + "\n", ""},
		{"-a* ./log +* e =st", "a" + long + "\nb\n", "a" + long[:199] + "...\nb\n", "b\n", "b" + strings.Repeat("\n", 1000)},
		{"t =st -* +*_a ./log", "_a\nb\n", "", "@400000003b9aca0a00000000 _a\n", "@400000003b9aca0a00000000 b" + strings.Repeat("\n", 1001-27)},
		{"e t", "a\n", "a\n", "", ""},
		{"x ? ./log", "a\n", "", "a\n", ""},
	} {
		dir := t.TempDir()
		got := clitest.Run(t, "multilog", Run, clitest.World{
			Args: strings.Fields(c.script), Input: c.input, Dir: dir, Now: time.Unix(1_000_000_000, 0),
		})
		if got.Code != 0 || got.Stdout != "" || got.Stderr != c.stderr {
			t.Errorf("%s: %+v", c.script, got)
		}
		if log, status := contents(t, dir+"/log"), clitest.Read(t, dir+"/st"); log != c.log || status != c.status {
			t.Errorf("%s: log %q, status %q", c.script, log, status)
		}
	}
}

func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"file": "", "busy/lock": ""})
	lock, err := os.Open(dir + "/busy/lock")
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	for script, want := range map[string]struct {
		code   int
		stderr string
	}{
		"n ./log":     {100, "multilog: fatal: no number in n\n"},
		"./log sx":    {100, "multilog: fatal: no number in sx\n"},
		"=no/st":      {111, "multilog: fatal: unable to create no/st: file does not exist\n"},
		"./log =no/s": {111, "multilog: fatal: unable to create no/s: file does not exist\n"},
		"=":           {111, "multilog: fatal: unable to create : file does not exist\n"},
		"./file":      {111, "multilog: fatal: unable to open directory ./file: not a directory\n"},
		"./no/log":    {111, "multilog: fatal: unable to open directory ./no/log: file does not exist\n"},
		"./busy":      {111, "multilog: fatal: unable to lock directory ./busy: temporary failure\n"},
		"s5 n0 e":     {0, "a\n"},
		"s99999x e":   {0, "a\n"},
	} {
		got := clitest.Run(t, "multilog", Run, clitest.World{Args: strings.Fields(script), Input: "a\n", Dir: dir})
		if got.Code != want.code || got.Stderr != want.stderr {
			t.Errorf("%s: %+v", script, got)
		}
	}
	if _, err := os.Stat(dir + "/log"); err == nil {
		t.Error("a log was begun by a script with a fault")
	}
}

// lines is some input, a bit more than size bytes.
func lines(size int) string {
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		b.WriteString(strings.Repeat(string(rune('a'+i%26)), i%190) + "\n")
	}
	return b.String()
}

func TestRotation(t *testing.T) {
	dir := t.TempDir()
	in := lines(30000)
	got := clitest.Run(t, "multilog", Run, clitest.World{Args: []string{"s6000", "n20", "./log"}, Input: in, Dir: dir})
	if got.Code != 0 || got.Stderr != "" || contents(t, dir+"/log") != in {
		t.Fatalf("%+v, and the log differs", got)
	}
	old, _ := filepath.Glob(dir + "/log/@*.s")
	if len(old) < 5 {
		t.Errorf("%d old logs", len(old))
	}
	for _, name := range old {
		text := clitest.Read(t, name)
		if len(text) < 4000 || len(text) > 6000 || text[len(text)-1] != '\n' {
			t.Errorf("%s: %d bytes", name, len(text))
		}
	}
}

func TestProcessor(t *testing.T) {
	dir := t.TempDir()
	clitest.Run(t, "multilog", Run, clitest.World{
		Args: []string{"s4096", "!wc -l; cat <&4 >&5; echo . >&5; pwd >> ../pwd", "./log"}, Input: lines(9000), Dir: dir,
	})
	if got := clitest.Read(t, dir+"/log/state"); !regexp.MustCompile(`^(\.\n){2,}$`).MatchString(got) {
		t.Errorf("state %q", got)
	}
	old, _ := filepath.Glob(dir + "/log/@*.s")
	for _, name := range old {
		if got := clitest.Read(t, name); !regexp.MustCompile(`^ *[0-9]+\n$`).MatchString(got) {
			t.Errorf("%s: %q", name, got)
		}
	}
	if got := clitest.Read(t, dir+"/pwd"); !strings.Contains(got, "/log\n") {
		t.Errorf("the processor ran in %q", got)
	}
}

// A log folder serves this multilog and daemontools' in turn.
func TestTurns(t *testing.T) {
	foreign, err := exec.LookPath("/usr/bin/multilog")
	if err != nil {
		t.Skip("there is no other multilog")
	}
	dir := t.TempDir()
	in := lines(20000)
	want := ""
	for range 3 {
		c := exec.Command(foreign, "s5000", "n99", "./log")
		c.Dir, c.Stdin = dir, strings.NewReader(in)
		if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
			t.Fatalf("%v %s", err, out)
		}
		got := clitest.Run(t, "multilog", Run, clitest.World{Args: []string{"s5000", "n99", "./log"}, Input: in, Dir: dir})
		if got.Code != 0 || got.Stderr != "" {
			t.Fatalf("%+v", got)
		}
		if want += in + in; contents(t, dir+"/log") != want {
			t.Fatal("lines are missing")
		}
	}
}

// Each step that fails is reported and done again.
func TestPatience(t *testing.T) {
	dir := t.TempDir()
	p, _ := clitest.Proc(t, "multilog", clitest.World{Dir: dir})
	var warned []string
	f := &folder{name: "./log", size: 4096, count: 5, now: time.Now, p: p}
	f.warn = func(what string, err error) {
		warned = append(warned, what)
		switch len(warned) {
		case 1:
			f.current, _ = f.dir.Open("current", appending, 0o600)
		case 2:
			clitest.Files(t, dir, map[string]string{"log/current": "b\n"})
		default:
			t.Fatalf("%s: %v", what, err)
		}
	}
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	f.current.Close()
	f.current, _ = f.dir.Open("current", syscall.O_RDONLY, 0) // cannot be written to
	f.put([]byte("a\n"))
	f.flush()
	os.Remove(dir + "/log/current")
	f.rotate()
	f.quit()
	if got := contents(t, dir+"/log"); got != "b\n" || len(warned) != 2 {
		t.Errorf("%q after %q", got, warned)
	}
}

// A renamed folder is still the same log.
func TestRenamedFolder(t *testing.T) {
	dir := t.TempDir()
	p, _ := clitest.Proc(t, "multilog", clitest.World{Dir: dir})
	processor := "cat"
	f := &folder{name: "./log", size: 4096, count: 5, now: time.Now, p: p, processor: &processor}
	f.warn = func(what string, err error) { t.Fatalf("%s: %v", what, err) }
	if err := f.open(); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(dir+"/log", dir+"/new"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/dev/fd/0"); err != nil {
		f.processor = nil // a processor has nowhere to run
	}
	in := lines(6000)
	f.put([]byte(in))
	f.flush()
	f.quit()
	if contents(t, dir+"/new") != in {
		t.Error("lines are missing")
	}
}

func TestSignals(t *testing.T) {
	dir := t.TempDir()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, _ := clitest.Proc(t, "multilog", clitest.World{Dir: dir, Stdin: r})
	s, err := catch()
	if err != nil {
		t.Fatal(err)
	}
	defer s.stop()
	m := &machine{p: p, input: sys.NewPeeker(p.Stdin), signals: s}
	defer m.input.Close()
	if err := m.load([]string{"./log"}); err != nil {
		t.Fatal(err)
	}
	io.WriteString(w, "one\n")
	buf := make([]byte, 100)
	m.take(buf[:m.read(buf, true)])
	io.WriteString(w, "tw")
	m.take(buf[:m.read(buf, true)])
	s.hear(syscall.SIGALRM)
	s.hear(syscall.SIGTERM)
	io.WriteString(w, "o\nthree\n")
	m.run2(t, buf)
	if got := contents(t, dir+"/log"); got != "one\ntwo\n" {
		t.Errorf("%q", got)
	}
	if old, _ := filepath.Glob(dir + "/log/@*.s"); len(old) != 1 {
		t.Errorf("ALRM made %q", old)
	}
}

// run2 reads on from the middle of a line, to the end that TERM asked for.
func (m *machine) run2(t *testing.T, buf []byte) {
	t.Helper()
	for fresh := false; ; {
		n := m.read(buf, fresh)
		if n == 0 {
			return
		}
		if n > 1 {
			t.Fatalf("%d bytes were read after TERM", n)
		}
		m.take(buf[:n])
		fresh = buf[n-1] == '\n'
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, line string
		want          bool
	}{
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "ab", false}, {"*", "", true}, {"*", "x", true},
		{"**", "a", false}, {"**", "a*b", true}, {"a*c", "abcc", false}, {"a*c", "abc", true}, {"a**b", "axx*yb", true},
		{"*: *", "a: b: c", true}, {"*b", "ab", true}, {"*b", "abb", false}, {"*b", "", false},
	} {
		if got := match(c.pattern, []byte(c.line)); got != c.want {
			t.Errorf("%q %q: %v", c.pattern, c.line, got)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("a*b", "aXb")
	f.Add("**", "*")
	f.Fuzz(func(t *testing.T, pattern, line string) {
		got := match(pattern, []byte(line))
		if !strings.Contains(pattern, "*") && got != (pattern == line) {
			t.Errorf("%q %q", pattern, line)
		}
		if got && !match(pattern+"*", []byte(line+"x")) && !strings.HasSuffix(pattern, "*") {
			t.Errorf("%q matches %q, but not with more behind both", pattern, line)
		}
	})
}

func FuzzLines(f *testing.F) {
	f.Add("a\n\nb", uint16(2), true)
	f.Add(strings.Repeat("x", 2500), uint16(999), false)
	f.Fuzz(func(t *testing.T, input string, piece uint16, stamp bool) {
		m := &machine{stamp: stamp}
		p, _ := clitest.Proc(t, "multilog", clitest.World{Now: time.Unix(1, 0)})
		m.p = p
		log := &folder{buf: make([]byte, 0, 2*len(input)+len("\n")+27*(strings.Count(input, "\n")+1))}
		m.folders, m.script = []*folder{log}, []action{{kind: '.', folder: log}}
		want := input
		if input != "" && !strings.HasSuffix(input, "\n") {
			want += "\n"
		}
		if stamp && want != "" {
			const label = "@400000000000000b00000000 "
			want = label + strings.ReplaceAll(want[:len(want)-1], "\n", "\n"+label) + "\n"
		}
		for rest := input; rest != ""; {
			n := min(len(rest), int(piece)+1)
			m.take([]byte(rest[:n]))
			rest = rest[n:]
		}
		if m.inside {
			if !m.rest {
				m.act()
			}
			m.endLine()
		}
		if string(log.buf) != want {
			t.Errorf("%q, not %q", log.buf, want)
		}
	})
}
