package usermail

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
)

// testHome makes the test a program: one that becomes a mail reader.
const testHome = "USERMAIL_TEST_HOME"

func TestMain(m *testing.M) {
	if home := os.Getenv(testHome); home != "" {
		cmd.Main("reader", func(p *cmd.Proc) error {
			p.Home = home
			return Read(p, "Elm", "elm")
		})
	}
	os.Exit(m.Run())
}

func TestRead(t *testing.T) {
	for _, c := range []struct {
		name   string
		mover  string
		reader string
		code   int
		stdout string
		stderr string
	}{
		{"all well", "echo moved", "Elm", 7, "moved\nElm got 2: <a b> <-x>\n", ""},
		{"second name", "exit 0", "elm", 7, "elm got 2: <a b> <-x>\n", ""},
		{"not moved", "echo no >&2; exit 111", "Elm", 111, "", "no\n"},
		{"killed", "kill -9 $$", "Elm", 137, "", ""},
		{"no mover", "", "Elm", 127, "", "reader: unable to run HOME/bin/maildir2mbox: file does not exist\n"},
		{"no reader", "exit 0", "pine", 127, "", "reader: unable to run Elm: file does not exist\n"},
	} {
		home := t.TempDir()
		if c.mover != "" {
			clitest.Script(t, filepath.Join(home, "bin/maildir2mbox"), c.mover)
		}
		clitest.Script(t, filepath.Join(home, "path", c.reader), `echo "${0##*/} got $#: <$1> <$2>"; exit 7`)
		run := exec.Command(os.Args[0], "a b", "-x")
		run.Env = []string{testHome + "=" + home, "PATH=" + home + "/path"}
		var stdout, stderr strings.Builder
		run.Stdout, run.Stderr = &stdout, &stderr
		run.Run()
		want := strings.ReplaceAll(c.stderr, "HOME", home)
		if run.ProcessState.ExitCode() != c.code || stdout.String() != c.stdout || stderr.String() != want {
			t.Errorf("%s: %v, %q, %q", c.name, run.ProcessState, stdout.String(), stderr.String())
		}
	}
}

func TestNotExecutable(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"bin/maildir2mbox": "x"})
	got := clitest.Run(t, "reader", func(p *cmd.Proc) error { return Read(p, "elm") }, clitest.World{Home: home})
	if got.Code != 126 || got.Stderr != "reader: unable to run "+home+"/bin/maildir2mbox: access denied\n" {
		t.Errorf("%+v", got)
	}
}

func TestMessages(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"md/new/b": "1", "md/cur/a": "2", "md/new/c": "3", "md/new/d": "4", "md/tmp/": ""})
	now := time.Date(2026, 1, 2, 3, 4, 5, 500, time.UTC)
	for name, ago := range map[string]time.Duration{"new/b": 3, "cur/a": 2, "new/c": 0, "new/d": -9} {
		when := now.Add(-ago * time.Second)
		if err := os.Chtimes(dir+"/md/"+name, when, when); err != nil {
			t.Fatal(err)
		}
	}
	p, _ := clitest.Proc(t, "test", clitest.World{Dir: dir, Env: []string{"MAILDIR=md"}, Now: now})
	m, err := Enter(p)
	if err != nil {
		t.Fatal(err)
	}
	list, err := m.Messages("new", "cur")
	if err != nil || len(list) != 2 || list[0].Path() != "new/b" || list[1].Path() != "cur/a" {
		t.Errorf("%v %v", list, err)
	}
}

func TestNoMaildir(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"file": "x", "empty/": ""})
	for _, c := range []struct {
		env  []string
		want string
	}{
		{nil, "MAILDIR not set"},
		{[]string{"MAILDIR="}, "unable to chdir to : file does not exist"},
		{[]string{"MAILDIR=no"}, "unable to chdir to no: file does not exist"},
		{[]string{"MAILDIR=file"}, "unable to chdir to file: not a directory"},
		{[]string{"MAILDIR=empty"}, "unable to scan $MAILDIR/new: file does not exist"},
	} {
		got := clitest.Run(t, "test", func(p *cmd.Proc) error {
			m, err := Enter(p)
			if err == nil {
				_, err = m.Messages("new")
			}
			return err
		}, clitest.World{Dir: dir, Env: c.env})
		if got.Code != 111 || got.Stderr != "test: fatal: "+c.want+"\n" {
			t.Errorf("%q: %+v", c.env, got)
		}
	}
}
