package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

var (
	environment = []string{
		"USER=joe", "HOST=here.example", "NEWSENDER=s@t", "DTLINE=Delivered-To: joe@here.example\n",
		"UFLINE=From s@t\n", "RPLINE=Return-Path: <s@t>\n",
	}
	queued = regexp.MustCompile(`qp [0-9]+`)
)

func world(t *testing.T, files map[string]string) clitest.World {
	w := clitest.World{Home: t.TempDir(), Dir: t.TempDir(), Env: append([]string{}, environment...)}
	clitest.Files(t, w.Home, map[string]string{"control/me": "me.example\n"})
	clitest.Files(t, w.Dir, files)
	return w
}

func TestShow(t *testing.T) {
	for _, c := range []struct {
		text   string
		code   int
		stderr string
	}{
		{"# comment\nbob, Fred <fred@h>\n", 99, "forward fred@h.me.example\nforward bob@me.example\n"},
		{"\\Joe, JOE@here.example", 0, "direct delivery\n"},
		{"\"|vacation joe\"\n", 99, "pipe through vacation joe\n"},
		{"\n#x\n", 0, "skipping empty file f\ndirect delivery\n"},
		{"|\"vacation joe\"\n", 111, "forward vacation joe@me.example\ndot-forward: fatal: empty program names not permitted\n"},
		{"b\x00b@x\n", 111, "dot-forward: fatal: NUL not permitted in recipient addresses\n"},
		{"/mbox\n", 111, "dot-forward: fatal: file delivery /mbox not supported\n"},
		{"a (\n", 111, "dot-forward: fatal: unable to parse this line: a (\n\n"},
	} {
		w := world(t, map[string]string{"f": c.text})
		w.Args = []string{"-n", "none", "f"}
		if got := clitest.Run(t, "dot-forward", Run, w); got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%q: %+v", c.text, got)
		}
	}
}

func TestForward(t *testing.T) {
	for _, c := range []struct {
		text     string
		exit     int // of the queueing program
		code     int
		stderr   string
		envelope string
	}{
		{"bob@x.y, joe\nfred@x.y", 0, 0, "dot-forward: info: qp N\n", "Fs@t\x00Tbob@x.y\x00Tfred@x.y\x00\x00"},
		{"bob@x.y\n", 0, 99, "dot-forward: info: qp N\n", "Fs@t\x00Tbob@x.y\x00\x00"},
		{"joe\n", 0, 0, "", ""},
		{"bob@x.y\n", 31, 100, "dot-forward: fatal: unable to forward message: mail server permanently rejected message (#5.3.0)\n", "Fs@t\x00Tbob@x.y\x00\x00"},
		{"bob@x.y\n", 53, 111, "dot-forward: fatal: unable to forward message: qq write error or disk full (#4.3.0)\n", "Fs@t\x00Tbob@x.y\x00\x00"},
		{"bob@x.y, \"|exit 99\"\n", 0, 111, "", ""},
		{"bob@x.y, \"|exit 77\"\n", 0, 100, "", ""},
		{"bob@x.y, \"|kill -9 $$\"\n", 0, 111, "dot-forward: fatal: child crashed\n", ""},
	} {
		q := clitest.NewQueue(t, c.exit)
		w := world(t, map[string]string{"f": c.text})
		w.Args, w.Env, w.Input = []string{"f"}, append(w.Env, q.Env()), "Subject: x\n\nbody\n"
		got := clitest.Run(t, "dot-forward", Run, w)
		if got.Code != c.code || queued.ReplaceAllString(got.Stderr, "qp N") != c.stderr {
			t.Errorf("%q: %+v", c.text, got)
		}
		if q.Envelope(t) != c.envelope {
			t.Errorf("%q: %q", c.text, q.Envelope(t))
		}
		if c.envelope != "" && q.Message(t) != "Delivered-To: joe@here.example\nSubject: x\n\nbody\n" {
			t.Errorf("%q: %q", c.text, q.Message(t))
		}
	}
}

// A message that comes through a pipe reaches every command, and the queue.
func TestPipe(t *testing.T) {
	message := "Subject: x\n\n" + strings.Repeat("0123456789\n", 20_000)
	q := clitest.NewQueue(t, 0)
	w := world(t, map[string]string{"f": "bob@x.y, \"|cat > one\"\n\"|exit 0\"\n\"|cat > two\"\n"})
	r, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	go func() {
		in.WriteString(message)
		in.Close()
	}()
	w.Args, w.Env, w.Stdin = []string{"f"}, append(w.Env, q.Env()), r
	if got := clitest.Run(t, "dot-forward", Run, w); got.Code != 99 {
		t.Fatalf("%+v", got)
	}
	for _, name := range []string{"one", "two"} {
		want := "From s@t\nReturn-Path: <s@t>\nDelivered-To: joe@here.example\n" + message
		if got := clitest.Read(t, filepath.Join(w.Dir, name)); got != want {
			t.Errorf("%s got %d bytes: %.100q", name, len(got), got)
		}
	}
	if got := q.Message(t); got != "Delivered-To: joe@here.example\n"+message {
		t.Errorf("queued %d bytes: %.100q", len(got), got)
	}
}

func TestMistakes(t *testing.T) {
	w := world(t, map[string]string{"d/": ""})
	for _, c := range []struct {
		args   []string
		home   string
		code   int
		stderr string
	}{
		{[]string{"-x"}, w.Home, 100, "dot-forward: illegal option -- x\ndot-forward: usage: dot-forward [ -nN ] file ...\n"},
		{nil, w.Home, 0, ""},
		{nil, w.Home + "/none", 111, "dot-forward: fatal: unable to chdir to " + w.Home + "/none: file does not exist\n"},
		{[]string{"d"}, w.Home, 111, "dot-forward: fatal: unable to read d: is a directory\n"},
		{[]string{"d/" + strings.Repeat("x", 300)}, w.Home, 111, "dot-forward: fatal: unable to open d/" + strings.Repeat("x", 300) + ": file name too long\n"},
	} {
		w := w
		w.Args, w.Home = c.args, c.home
		if got := clitest.Run(t, "dot-forward", Run, w); got.Code != c.code || got.Stderr != c.stderr {
			t.Errorf("%.50q: %+v", c.args, got)
		}
	}
}

// The C program, where there is one, says the same of a file.
func TestAgreesWithC(t *testing.T) {
	c, err := exec.LookPath("/usr/bin/dot-forward")
	if err != nil {
		t.Skip("Debian's dot-forward is not installed")
	}
	for _, text := range []string{
		"a@b.c, <d@e.f>", "g@x.y: a@b.c;", "Joe . Q <x@y.z> bob@c.d", "a.b . c@d.e (f)", "\"q \\\" r\"@s.t u@v.w", "a@[127.0.0.1.5]", "<@a.b,@c.d:e@f.g>",
		"x@y.z <a@b.c>", "(c)\n#d@e.f\n", "\"|p\"", "a@b.c;d@e.f", "\\a@b.c", "<a@b.c", "a@b.c>", ")", "a@x.y\"b\"@x.y c@d.e",
	} {
		dir := t.TempDir()
		clitest.Files(t, dir, map[string]string{"f": text})
		theirs := exec.Command(c, "-n", "f")
		theirs.Dir, theirs.Env = dir, environment
		out, _ := theirs.CombinedOutput()
		w := world(t, nil)
		w.Dir, w.Args = dir, []string{"-n", "f"}
		got := clitest.Run(t, "dot-forward", Run, w)
		if got.Stderr != string(out) || got.Code != theirs.ProcessState.ExitCode() {
			t.Errorf("%q: %+v, C: %d %q", text, got, theirs.ProcessState.ExitCode(), out)
		}
	}
}

// Whatever a file holds, it is obeyed or refused, and what is to be done with
// the message is said once.
func FuzzFile(f *testing.F) {
	home := f.TempDir()
	clitest.Files(f, home, map[string]string{"control/me": "me.example\n"})
	f.Add("# comment\nbob, Fred <fred@h>\n")
	f.Add("\\Joe, JOE@here.example")
	f.Add("\"|vacation joe\"\n/mbox\n")
	f.Add("a (\nb\x00b@x\n:include:/x;\n")
	f.Fuzz(func(t *testing.T, text string) {
		w := clitest.World{Home: home, Dir: t.TempDir(), Env: environment, Args: []string{"-n", "f"}}
		clitest.Files(t, w.Dir, map[string]string{"f": text})
		got := clitest.Run(t, "dot-forward", Run, w)
		if got.Stdout != "" || got.Code != 0 && got.Code != 99 && got.Code != 111 {
			t.Fatalf("%q: %+v", text, got)
		}
		fatal := strings.Contains(got.Stderr, "dot-forward: fatal: ")
		if direct := strings.HasSuffix(got.Stderr, "direct delivery\n"); fatal != (got.Code == 111) || !fatal && direct != (got.Code == 0) {
			t.Fatalf("%q: %+v", text, got)
		}
	})
}
