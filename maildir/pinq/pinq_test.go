package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

func TestReader(t *testing.T) {
	home := t.TempDir()
	clitest.Script(t, home+"/bin/maildir2mbox", "echo moved")
	got := clitest.Run(t, "pinq", Run, clitest.World{Home: home, Env: []string{"PATH=" + home}})
	if got != (clitest.Result{Code: 127, Stdout: "moved\n", Stderr: "pinq: unable to run pine: file does not exist\n"}) {
		t.Errorf("%+v", got)
	}
}
