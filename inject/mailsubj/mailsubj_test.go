package main

import (
	"path/filepath"
	"testing"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	home := t.TempDir()
	clitest.Script(t, filepath.Join(home, "bin/qmail-inject"), `cat; exit ${CODE:-0}`)
	for _, c := range []struct {
		args, env []string
		want      clitest.Result
	}{
		{[]string{"the  subject", "a@b", "c"}, nil, clitest.Result{Stdout: "Subject: the  subject\nTo: a@b c\n\nbody"}},
		{[]string{"-x"}, nil, clitest.Result{Stdout: "Subject: -x\nTo:\n\nbody"}},
		{[]string{`a\nb`, "c"}, nil, clitest.Result{Stdout: "Subject: a\\nb\nTo: c\n\nbody"}},
		{[]string{"a\nBcc: x\n\n", "b\nCc: y"}, nil, clitest.Result{Stdout: "Subject: a Bcc: x  \nTo: b Cc: y\n\nbody"}},
		{[]string{"s", "c"}, []string{"CODE=31"}, clitest.Result{Code: 31, Stdout: "Subject: s\nTo: c\n\nbody"}},
		{nil, nil, clitest.Result{Code: 100, Stderr: "mailsubj: usage: mailsubj subject recip ...\n"}},
	} {
		if r := clitest.Run(t, "mailsubj", Run, clitest.World{Args: c.args, Env: c.env, Input: "body", Home: home}); r != c.want {
			t.Errorf("%q: %+v, want %+v", c.args, r, c.want)
		}
	}
	r := clitest.Run(t, "mailsubj", Run, clitest.World{Args: []string{"s", "c"}, Home: home, Stdin: clitest.Open(t, home)})
	if want := (clitest.Result{Code: 111, Stderr: "mailsubj: fatal: unable to read input: is a directory\n", Stdout: r.Stdout}); r != want {
		t.Errorf("%+v, want %+v", r, want)
	}
}
