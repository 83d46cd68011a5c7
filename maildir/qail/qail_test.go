package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

func TestReader(t *testing.T) {
	home := t.TempDir()
	clitest.Script(t, home+"/bin/maildir2mbox", "echo moved")
	got := clitest.Run(t, "qail", Run, clitest.World{Home: home, Env: []string{"PATH=" + home}})
	if got != (clitest.Result{Code: 127, Stdout: "moved\n", Stderr: "qail: unable to run Mail: file does not exist\n"}) {
		t.Errorf("%+v", got)
	}
}
