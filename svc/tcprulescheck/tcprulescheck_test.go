package main

import (
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
	"qmailkit/internal/tcprules"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	w, err := cdb.Create(filepath.Join(dir, "r.cdb"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	rules := "j@=h:deny\n1.:allow,A=\"b\",C=\"\"\n0.0.0.:deny,A=\"b\"\n"
	if err := tcprules.Parse(strings.NewReader(rules), w.Add); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	clitest.Files(t, dir, map[string]string{"empty": "", "text": strings.Repeat("hello\n", 20)})
	const fatal = "tcprulescheck: fatal: unable to read "
	for _, c := range []struct {
		args, env      string
		code           int
		stdout, stderr string
	}{
		{"r.cdb", "TCPREMOTEIP=1.2.3.4", 0, "rule 1.:\nset environment variable A=b\nset environment variable C=\nallow connection\n", ""},
		{"r.cdb more", "TCPREMOTEIP=", 0, "default:\nallow connection\n", ""},
		{"r.cdb", "", 0, "rule 0.0.0.:\ndeny connection\n", ""},
		{"r.cdb", "TCPREMOTEIP=1.2.3.4 TCPREMOTEHOST=h TCPREMOTEINFO=j", 0, "rule j@=h:\ndeny connection\n", ""},
		{"missing", "", 111, "", fatal + "missing: file does not exist\n"},
		{"empty", "", 111, "", fatal + "empty: invalid argument\n"},
		{"text", "", 111, "", fatal + "text: protocol error\n"},
		{"", "", 100, "", "tcprulescheck: usage: tcprulescheck rules.cdb\n"},
	} {
		world := clitest.World{Dir: dir, Args: strings.Fields(c.args), Env: strings.Fields(c.env)}
		got := clitest.Run(t, "tcprulescheck", Run, world)
		if got != (clitest.Result{Code: c.code, Stdout: c.stdout, Stderr: c.stderr}) {
			t.Errorf("%s %s: %+v", c.env, c.args, got)
		}
	}
}

func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	w, err := cdb.Create(filepath.Join(dir, "r.cdb"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	got := clitest.Run(t, "tcprulescheck", Run, clitest.World{Dir: dir, Args: []string{"r.cdb"}, Stdout: clitest.Full(t)})
	if got.Code != 111 {
		t.Errorf("%+v", got)
	}
}
